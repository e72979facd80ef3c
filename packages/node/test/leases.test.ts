import { expect, test } from 'vitest';
import { assignment, logged, manualNode } from './setup.ts';

test('leases are named at the next connection, and answers that could not be sent follow', async () => {
  const { peer, hub, runs, log } = await manualNode();
  const [going, done] = [assignment({ task_type: 'llm', epoch: 4 }), assignment({ task_type: 'llm', epoch: 5 })];
  peer.send('TASK_ASSIGN', going);
  peer.send('TASK_ASSIGN', done);
  const [first, second] = await runs.many(2);
  hub.status = 503;
  peer.webSocket.terminate();
  await logged(log, 'Not connected');
  second?.finish({ output: 'made alone' });
  await new Promise(setImmediate);
  hub.status = undefined;
  const next = await hub.peers.next();
  const { register } = await next.welcome();
  expect(register['protocol']).toMatchObject({
    resume: [
      { task_id: going.task_id, epoch: 4 },
      { task_id: done.task_id, epoch: 5 },
    ],
  });
  expect(await next.next('TASK_RESULT')).toMatchObject({ task_id: done.task_id, epoch: 5, result: 'made alone' });
  first?.finish();
  expect(await next.next('TASK_RESULT')).toMatchObject({ task_id: going.task_id, epoch: 4 });
});

test('leases that the coordinator does not keep are dropped with their answers', async () => {
  const { peer, hub, runs, log } = await manualNode();
  const [going, done] = [assignment({ task_type: 'llm' }), assignment({ task_type: 'llm' })];
  peer.send('TASK_ASSIGN', going);
  peer.send('TASK_ASSIGN', done);
  const [first, second] = await runs.many(2);
  hub.status = 503;
  peer.webSocket.terminate();
  await logged(log, 'Not connected');
  second?.finish();
  hub.status = undefined;
  const next = await hub.peers.next();
  await next.next('NODE_REGISTER');
  next.challenge();
  for (const { task_id } of [going, done]) next.send('TASK_CANCEL', { task_id, epoch: 1, reason: 'gone' });
  next.credit();
  await new Promise((resolve) => first?.context.signal.addEventListener('abort', resolve));
  const last = assignment({ task_type: 'llm' });
  next.send('TASK_ASSIGN', last);
  (await runs.next()).finish();
  expect(await next.next('TASK_RESULT')).toMatchObject({ task_id: last.task_id });
  expect(next.inbox('TASK_RESULT').waiting).toEqual([]);
});

test('leases are given up when they cannot be renewed for long, save answers that are ready', async () => {
  const { peer, hub, runs, log } = await manualNode(2, { abandonMs: 100 });
  const [going, done] = [assignment({ task_type: 'llm' }), assignment({ task_type: 'llm' })];
  peer.send('TASK_ASSIGN', going);
  peer.send('TASK_ASSIGN', done);
  const [first, second] = await runs.many(2);
  hub.status = 503;
  peer.webSocket.terminate();
  await logged(log, 'Not connected');
  second?.finish();
  await new Promise((resolve) => first?.context.signal.addEventListener('abort', resolve));
  hub.status = undefined;
  const { register } = await (await hub.peers.next()).welcome();
  expect(register['protocol']).toMatchObject({ resume: [{ task_id: done.task_id }] });
});
