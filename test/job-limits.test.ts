/** What is in memory for the jobs that have not ended has a bound, whoever sends them. */
import type { Job, SubmitJob } from '@plexus/core';
import { expect, it } from 'vitest';
import { CLIENT, createWorld, join, type ScriptedNode, settle, type World } from './support/engine-world.ts';

function submit(world: World, fields: Partial<SubmitJob> = {}): Promise<Job> {
  const asked = { caller: CLIENT, service: 'echo', content: 'x', params: {}, detached: false, ...fields };
  const job = world.jobs.submit(asked);
  job.catch(() => undefined);
  return job;
}

async function answerAll(world: World, { node, tasks }: ScriptedNode): Promise<void> {
  for (const { task_id, epoch = 1 } of tasks.splice(0)) {
    if (node) world.desk.result(node, { task_id, epoch, status: 'completed', result: 'done' });
  }
  await settle();
}

it('takes no more jobs than may be open, of whatever keys, and goes on when some have ended', async () => {
  const world = await createWorld({ maxJobs: 2 });
  const node = await join(world, 'node-a');
  for (const keyId of ['a', 'b']) void submit(world, { caller: { ...CLIENT, keyId } });
  await settle();
  const refused = submit(world, { caller: { ...CLIENT, keyId: 'c' } });
  await expect(refused).rejects.toMatchObject({
    code: 'QUEUE_FULL',
    message: expect.stringContaining('2 tasks are under way'),
    details: { waiting: 2, retryAfterSeconds: 5 },
  });
  await answerAll(world, node);
  void submit(world);
  await settle();
  expect(world.live.size).toBe(1);
  await answerAll(world, node);
  expect(await world.books.read.totals()).toMatchObject({ sum: 0n, held: 0n });
});

it('ends a job at which nodes have had their turn too often, though they come back each time', async () => {
  const world = await createWorld();
  let node = await join(world, 'node-a');
  const job = await submit(world, { detached: true });
  let turns = 0;
  for (; world.live.size > 0 && turns < 200; turns++) {
    if (turns > 0) node = await join(world, 'node-a');
    await settle();
    world.registry.disconnect(node, 'node-a');
    if (node.node) world.desk.lost(node.node);
    await settle();
  }
  // The next one that comes finds that there were enough.
  expect(turns).toBe(101);
  const ended = await world.books.read.findJob(job.id);
  expect(ended).toMatchObject({
    state: 'failed',
    reason: 'node_lost',
    error: expect.stringContaining('after 100 turns'),
  });
  expect(ended?.attempts).toHaveLength(100);
  expect(await world.books.read.totals()).toMatchObject({ sum: 0n, held: 0n });
});

it('bounds the text that open jobs hold, parameters with their nested texts included', async () => {
  const world = await createWorld({ maxCharacters: 1000 });
  const node = await join(world, 'node-a');
  void submit(world, { content: 'x'.repeat(500), params: { note: ['y'.repeat(300), { deep: 'z'.repeat(100) }] } });
  await settle();
  expect(world.live.characters).toBe(900);
  await expect(submit(world, { content: 'x'.repeat(101) })).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  void submit(world, { content: 'x'.repeat(100) });
  await settle();
  expect(world.live.characters).toBe(1000);
  await answerAll(world, node);
  expect(world.live.characters).toBe(0);
  expect(await world.books.read.totals()).toMatchObject({ sum: 0n, held: 0n });
});

it('a line that is full turns jobs away though another node has room, but none that need not wait', async () => {
  const world = await createWorld({ maxWaiting: 1 });
  const [a, b] = [await join(world, 'node-a'), await join(world, 'node-b')];
  for (let i = 0; i < 3; i++) void submit(world, { routing: { only: ['node-b'] } });
  await settle();
  expect(b.tasks).toHaveLength(2);
  expect(world.line.counts()).toEqual([{ service: 'echo', waiting: 1 }]);
  const refused = submit(world, { routing: { only: ['node-b'] } });
  await expect(refused).rejects.toMatchObject({ code: 'QUEUE_FULL', details: { service: 'echo', waiting: 1 } });
  void submit(world, { content: 'fits', routing: { only: ['node-a'] } });
  await settle();
  expect(a.tasks.map(({ content }) => content)).toEqual(['fits']);
  await answerAll(world, b);
  expect(world.line.counts()).toEqual([]);
});

it('takes no more jobs of one account than it may have, of however many keys, and still those of others', async () => {
  const world = await createWorld({ maxJobsPerAccount: 2 });
  const node = await join(world, 'node-a');
  for (const keyId of ['a', 'b']) void submit(world, { caller: { ...CLIENT, keyId } });
  await settle();
  await expect(submit(world, { caller: { ...CLIENT, keyId: 'c' } })).rejects.toMatchObject({
    code: 'TOO_MANY_RUNNING',
    message: expect.stringContaining('This account has 2 tasks under way'),
    details: { limit: 2, retryAfterSeconds: 1 },
  });
  const free = { byOffer: true, maxCost: 0n, detached: true, waitsForNode: true };
  await submit(world, { caller: { ...CLIENT, accountId: 'nodes' }, ...free });
  await answerAll(world, node);
  void submit(world, { caller: { ...CLIENT, keyId: 'c' } });
  await settle();
  expect(world.live.countOfAccount(CLIENT.accountId)).toBe(1);
});

it('jobs that wait for an offer fill no line, and a full one keeps none of them out', async () => {
  const world = await createWorld({ maxWaiting: 1 });
  const node = await join(world, 'node-a');
  const byOffer = { byOffer: true, maxCost: 0n, detached: true, waitsForNode: true };
  for (let i = 0; i < 3; i++) void submit(world, byOffer);
  for (let i = 0; i < 3; i++) void submit(world);
  await settle();
  expect(world.line.counts()).toEqual([{ service: 'echo', waiting: 1 }]);
  await expect(submit(world)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  const { id } = await submit(world, byOffer);
  expect([world.line.size, world.line.countWaiting('echo')]).toEqual([5, 1]);
  await world.jobs.cancel(CLIENT, id);
  for (let i = 0; i < 2; i++) await answerAll(world, node);
  expect([world.line.size, world.line.countWaiting('echo')]).toEqual([3, 0]);
});
