/** Where jobs go and in which order, over the job engine with time that moves only when it is told to. */
import type { Job, SubmitJob } from '@plexus/core';
import { expect, it } from 'vitest';
import { CLIENT, createWorld, join, type ScriptedNode, settle, type World } from './support/engine-world.ts';

function submit(world: World, fields: Partial<SubmitJob> = {}): Promise<Job> {
  const job = world.jobs.submit({
    caller: CLIENT,
    service: 'echo',
    content: 'x',
    params: {},
    detached: false,
    ...fields,
  });
  job.catch(() => undefined);
  return job;
}

/** Answers the oldest task of a node. */
async function answer(world: World, { node, tasks }: ScriptedNode): Promise<string> {
  const task = tasks.shift();
  if (!task || !node) throw new Error('The node has nothing to answer');
  world.desk.result(node, { task_id: task.task_id, epoch: task.epoch ?? 1, status: 'completed', result: 'done' });
  await settle();
  return task.content;
}

async function twoNodes() {
  const world = await createWorld();
  return { world, a: await join(world, 'node-a'), b: await join(world, 'node-b') };
}

it('tries the nodes that a client names first, takes only those, and leaves out those that it does not want', async () => {
  const { world, a, b } = await twoNodes();
  void submit(world, { routing: { order: ['gone', 'node-b'] } });
  void submit(world, { routing: { only: ['node-b'] } });
  void submit(world, { routing: { ignore: ['node-b'] } });
  await settle();
  expect([a.tasks.length, b.tasks.length]).toEqual([1, 2]);
  await expect(submit(world, { routing: { only: ['gone'] } })).rejects.toMatchObject({ code: 'NO_NODE_AVAILABLE' });
  const all = { ignore: ['node-a', 'node-b'] };
  await expect(submit(world, { routing: all })).rejects.toMatchObject({ code: 'NO_NODE_AVAILABLE' });
});

it('waits for the only node that a client wants, though another is free', async () => {
  const { world, a, b } = await twoNodes();
  const jobs = Array.from({ length: 3 }, () => submit(world, { routing: { only: ['node-b'] } }));
  await settle();
  expect([a.tasks.length, b.tasks.length]).toEqual([0, 2]);
  await answer(world, b);
  expect([a.tasks.length, b.tasks.length]).toEqual([0, 2]);
  await answer(world, b);
  await answer(world, b);
  expect((await Promise.all(jobs)).map(({ nodeId }) => nodeId)).toEqual(['node-b', 'node-b', 'node-b']);
});

it('takes the faster node where speed is wanted', async () => {
  const { world, a, b } = await twoNodes();
  for (const [{ node }, meanMs] of [[a, 5000] as const, [b, 10] as const]) {
    Object.assign(node?.services.get('echo') ?? {}, { meanMs });
  }
  for (let i = 0; i < 2; i++) void submit(world, { routing: { sort: 'latency' } });
  await settle();
  expect([a.tasks.length, b.tasks.length]).toEqual([0, 2]);
});

it('goes only where an engine can do what is asked', async () => {
  const { world, a } = await twoNodes();
  const llm = { service: 'llm', features: ['resume'] };
  void submit(world, { ...llm, routing: { order: ['node-a'] } });
  await settle();
  expect(a.tasks).toHaveLength(1);
  await expect(submit(world, { ...llm, features: ['json_schema'] })).rejects.toMatchObject({
    code: 'NO_NODE_AVAILABLE',
    message: expect.stringContaining('its engine has no "json_schema"'),
  });
});

it('takes the first model that is served, and names those that are when none is', async () => {
  const { world, a } = await twoNodes();
  void submit(world, { service: 'llm', models: ['gone', 'm'], routing: { only: ['node-a'] } });
  await settle();
  expect(a.tasks[0]?.params).toEqual({ model: 'm' });
  await expect(submit(world, { service: 'llm', models: ['x', 'y'] })).rejects.toMatchObject({
    code: 'MODEL_NOT_FOUND',
    details: { model: 'x', available: ['m'] },
  });
});

it('refuses a price above what a client wants to pay for a unit', async () => {
  const { world } = await twoNodes();
  const refused = submit(world, { routing: { maxUnitPrice: 1n } });
  await expect(refused).rejects.toMatchObject({ code: 'COST_EXCEEDS_MAXIMUM' });
});

it('serves by priority, and nobody is overtaken for ever', async () => {
  const world = await createWorld();
  const node = await join(world, 'node-a');
  const send = (content: string, priority: SubmitJob['priority']) =>
    void submit(world, { content, detached: true, ...(priority && { priority }) });
  send('first', 'normal');
  send('second', 'normal');
  await settle();
  send('low', 'low');
  send('normal', undefined);
  send('high', 'high');
  await settle();
  expect(await answer(world, node)).toBe('first');
  expect(await answer(world, node)).toBe('second');
  expect(node.tasks.map(({ content }) => content)).toEqual(['high', 'normal']);
  // The low one has waited long enough to be before a new one of normal rank.
  await world.time.pass(59_000);
  send('fresh', 'normal');
  await settle();
  expect(await answer(world, node)).toBe('high');
  expect(node.tasks.map(({ content }) => content)).toEqual(['normal', 'fresh']);
});

it('bounds how many jobs of one key are under way', async () => {
  const { world } = await twoNodes();
  for (let i = 0; i < 100; i++) void submit(world, { service: 'llm' });
  await settle();
  await expect(submit(world)).rejects.toMatchObject({ code: 'TOO_MANY_RUNNING', details: { limit: 100 } });
  const other = { ...CLIENT, keyId: 'another', maxRunning: 1 };
  void submit(world, { caller: other, service: 'llm' });
  await settle();
  expect(world.live.countOf('another')).toBe(1);
  await expect(submit(world, { caller: other })).rejects.toMatchObject({ details: { limit: 1 } });
});

it('does not let jobs that nobody can take now hold up the others', async () => {
  const { world, a, b } = await twoNodes();
  for (let i = 0; i < 2; i++) void submit(world, { content: `busy ${i}`, routing: { only: ['node-b'] } });
  await settle();
  const cheap = { service: 'llm', content: 'x', params: { max_tokens: 1 } };
  for (let i = 0; i < 2; i++) void submit(world, { ...cheap, routing: { only: ['node-b'] } });
  await settle();
  // 80 that want the busy node only, of 40 different kinds, all before the one that any node could take.
  for (let i = 0; i < 40; i++) {
    const only = ['node-b', ...Array.from({ length: i + 1 }, (_, at) => `gone-${at}`)];
    for (let twice = 0; twice < 2; twice++) void submit(world, { ...cheap, routing: { only }, priority: 'high' });
  }
  for (let i = 0; i < 2; i++) void submit(world, { ...cheap, content: 'a', routing: { only: ['node-a'] } });
  await settle();
  void submit(world, { ...cheap, content: 'anybody' });
  await settle();
  expect(a.tasks.map(({ content }) => content)).toEqual(['a', 'a']);
  await answer(world, a);
  await settle();
  expect(a.tasks.map(({ content }) => content)).toContain('anybody');
  expect(b.tasks.filter(({ task_type }) => task_type === 'llm')).toHaveLength(2);
});

it('gives the jobs of a lost node to the next place that becomes free, and to the node itself when it is back', async () => {
  const { world, a, b } = await twoNodes();
  for (let count = 0; count < 4; count++) void submit(world);
  await settle();
  leave(world, b);
  expect(a.tasks.length).toBe(2);
  await answer(world, a);
  expect(a.tasks.length).toBe(2);
  const back = await join(world, 'node-b');
  await settle();
  expect(back.tasks.length).toBe(1);
});

function leave({ registry, desk }: World, { node }: ScriptedNode): void {
  if (!node) throw new Error('The node has not joined');
  registry.disconnect(node.session, node.record.id);
  desk.lost(node);
}
