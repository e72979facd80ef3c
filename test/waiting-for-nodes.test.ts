/** Jobs that wait for a node that can do them, and turns that may only last so long, on a clock of the test's own. */
import type { SubmitJob } from '@plexus/core';
import { beforeEach, expect, it } from 'vitest';
import { CLIENT, createWorld, join, type ScriptedNode, settle, type World } from './support/engine-world.ts';

const GIB = 1024 ** 3;
const HOUR = 3600;

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const submit = (changes: Partial<SubmitJob> = {}) =>
  world.jobs.submit({ caller: CLIENT, service: 'echo', content: 'x', params: {}, detached: true, ...changes });
const waiting = { waitsForNode: true, timeoutSeconds: HOUR } as const;
const find = async (id: string) => await world.jobs.get(CLIENT, id);

function complete(node: ScriptedNode): void {
  const task = node.tasks.shift();
  if (!task || !node.node) throw new Error('The node has no task');
  world.desk.result(node.node, { task_id: task.task_id, epoch: task.epoch ?? 1, status: 'completed', result: 'x' });
}

it('is refused without a node, unless the job is to wait; then the first node that comes has it', async () => {
  await expect(submit()).rejects.toMatchObject({ code: 'NO_NODE_AVAILABLE' });
  const { id } = await submit(waiting);
  expect(world.jobs.outlook(await find(id))).toEqual({ unfit: ['no connected node offers "echo"'] });
  await world.time.pass(30 * 60_000);
  expect(await find(id)).toMatchObject({ state: 'queued' });
  const node = await join(world, 'node-0');
  await settle();
  expect(node.tasks).toMatchObject([{ task_id: id }]);
  expect(world.jobs.outlook(await find(id)).unfit).toEqual([]);
});

it('waits for a model that no node serves instead of being refused', async () => {
  await join(world, 'node-0');
  const ask = { service: 'llm', params: { model: 'other' } };
  await expect(submit(ask)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  const { id } = await submit({ ...ask, ...waiting });
  expect(world.jobs.outlook(await find(id)).unfit).toEqual(['node-0: does not serve the model "other"']);
});

it('a model that a node may be about to serve is to be asked for again, and no other is taken in its place', async () => {
  await join(world, 'node-0');
  const { node } = await join(world, 'node-1');
  if (!node) throw new Error('The node is gone');
  const protocol = { version: 1, public_key: '', services: [], setting_up: ['llm'], resume: [] };
  world.registry.update(node, node.record, { node_id: 'node-1', protocol });
  await expect(submit({ service: 'llm', models: ['other'] })).rejects.toMatchObject({
    code: 'NO_NODE_AVAILABLE',
    details: { unfit: ['node-0: does not serve the model "other"', 'node-1: is still setting up "llm"'] },
  });
});

it('is not held up by a job that no node can do, and holds up none', async () => {
  const node = await join(world, 'node-0');
  const big = await submit({ ...waiting, resources: { memoryBytes: GIB } });
  expect(world.jobs.outlook(await find(big.id)).unfit).toEqual([
    'node-0: does not say what processors and memory it has',
  ]);
  const small = await submit();
  await settle();
  expect(node.tasks).toMatchObject([{ task_id: small.id }]);
});

it('is given up at its deadline, for nothing', async () => {
  const { id } = await submit(waiting);
  await world.time.pass(HOUR * 1000);
  await settle();
  expect(await find(id)).toMatchObject({ state: 'timed_out', cost: 0n });
});

it('holds up no coordinator that stops, as what runs does for a moment', async () => {
  await submit(waiting);
  await world.jobs.drain(2000);
  await join(world, 'node-0');
  const drained = world.jobs.drain(2000).then(() => 'drained');
  await settle();
  expect(await Promise.race([drained, Promise.resolve('waits')])).toBe('waits');
  await world.time.pass(2000);
  expect(await drained).toBe('drained');
});

it('may wait for long and then work for as long as a turn may last, and no longer', async () => {
  const { id } = await submit({ ...waiting, turnSeconds: 10 });
  await world.time.pass(30 * 60_000);
  const node = await join(world, 'node-0');
  await settle();
  await world.time.pass(9_000);
  expect(await find(id)).toMatchObject({ state: 'running' });
  await world.time.pass(1_000);
  await settle();
  const error = 'The task took longer than 10 s';
  expect(await find(id)).toMatchObject({ state: 'timed_out', error, attempts: [{ outcome: 'timed_out', error }] });
  expect(node.tasks).toEqual([]);
});

it('has a whole turn again on the next node', async () => {
  const first = await join(world, 'node-0');
  const { id } = await submit({ ...waiting, turnSeconds: 10 });
  await settle();
  await world.time.pass(8_000);
  const second = await join(world, 'node-1');
  if (first.node) {
    world.registry.disconnect(first, 'node-0');
    world.desk.lost(first.node);
  }
  await settle();
  expect(second.tasks).toMatchObject([{ task_id: id }]);
  await world.time.pass(8_000);
  complete(second);
  await settle();
  expect(await find(id)).toMatchObject({ state: 'completed' });
});

it('says when it will end by what was measured: the place in line, the pace of the nodes, its own progress', async () => {
  const node = await join(world, 'node-0');
  const jobs = [await submit(), await submit()];
  await settle();
  expect(world.jobs.outlook(await find(jobs[0]?.id ?? ''))).toEqual({ unfit: [] });
  await world.time.pass(4_000);
  complete(node);
  complete(node);
  await settle();
  for (let i = 0; i < 4; i++) jobs.push(await submit());
  await settle();
  const endsIn = async (at: number) => {
    const { endsAt } = world.jobs.outlook(await find(jobs[at]?.id ?? ''));
    return endsAt && (endsAt.getTime() - world.time.now) / 1000;
  };
  // Two places, four seconds each: two run, and one of the waiting ones is served every two seconds.
  expect(await endsIn(2)).toBe(4);
  expect(await endsIn(4)).toBe(6);
  expect(await endsIn(5)).toBe(8);
  await world.time.pass(1_000);
  expect(await endsIn(2)).toBe(3);
  const task = node.tasks[0];
  if (node.node && task) world.desk.progress(node.node, { task_id: task.task_id, epoch: task.epoch ?? 1, percent: 50 });
  expect(await endsIn(2)).toBe(1);
  expect(await endsIn(0)).toBe(-1);
});
