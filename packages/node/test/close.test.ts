import { expect, test } from 'vitest';
import { RunError } from '@plexus/runners';
import { assignment, coordinator, manualNode, startNode } from './setup.ts';

test('a node that is closed lets what ends soon be answered', async () => {
  const { node, peer, runs } = await manualNode();
  peer.send('TASK_ASSIGN', assignment({ task_type: 'llm' }));
  const { finish } = await runs.next();
  const closed = node.close();
  await peer.next('DRAIN');
  finish();
  expect(await peer.next('TASK_RESULT')).toMatchObject({ status: 'completed' });
  await closed;
  await peer.closed;
});

test('a node that is closed aborts what does not end, and leaves in time', async () => {
  const { node, peer, runs } = await manualNode();
  peer.send('TASK_ASSIGN', assignment({ task_type: 'llm' }));
  const { context, fail } = await runs.next();
  context.signal.addEventListener('abort', () => fail(new RunError('CANCELLED', 'stopped')));
  const startedAt = performance.now();
  await node.close();
  expect(context.signal.aborted).toBe(true);
  expect(performance.now() - startedAt).toBeLessThan(4000);
  expect(peer.inbox('TASK_RESULT').waiting).toEqual([]);
});

test('a node that never reached its coordinator can be closed', async () => {
  const hub = await coordinator();
  hub.status = 503;
  const { node } = await startNode(hub.url, {}, { backoff: () => 60_000 });
  await node.close();
  expect(await node.stopped).toBeUndefined();
  await expect(node.connected).rejects.toThrow('closed before it was connected');
});

test('an engine that is found too late is closed, not offered', async () => {
  const hub = await coordinator();
  let closed = 0;
  const { node } = await startNode(
    hub.url,
    { services: ['llm'] },
    {
      detect: ({ signal }) =>
        new Promise((resolve) => {
          const runner = {
            service: 'llm',
            concurrency: 1,
            models: [],
            languages: [],
            run: () => Promise.reject(new Error('never')),
            close: async () => {
              closed += 1;
            },
          };
          signal?.addEventListener('abort', () => resolve([{ available: true, runner }]));
        }),
    },
  );
  await node.close();
  expect(closed).toBe(1);
  expect(node.services()[0]?.available).toBe(false);
});
