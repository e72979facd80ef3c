/** Jobs that wait for what no node has, or for a node that is busy, hold up nobody else, however many they are. */
import type { SubmitJob } from '@plexus/core';
import { creditsToMicro } from '@plexus/protocol';
import { beforeEach, expect, it } from 'vitest';
import { CLIENT, createWorld, join, type ScriptedNode, settle, type World } from './support/engine-world.ts';

/** More than three times as many kinds as are looked at once. */
const KINDS = 350;

let world: World;
beforeEach(async () => {
  world = await createWorld();
  const grant = { accountId: 'client', amount: creditsToMicro(10_000), mintId: 'mint' };
  await world.books.commit({ type: 'grantCredits', ...grant, at: world.time.clock() });
});

const ASKED = { caller: CLIENT, service: 'echo', content: 'x', params: {}, detached: true, waitsForNode: true };
const submit = (changes: Partial<SubmitJob> = {}) => world.jobs.submit({ ...ASKED, ...changes });

/** As many jobs, of keys of their own. */
async function submitMany(of: (number: number) => Partial<SubmitJob>): Promise<void> {
  const keyOf = (number: number) => ({ caller: { ...CLIENT, keyId: `key-${number}` } });
  await Promise.all(Array.from({ length: KINDS }, (_, number) => submit({ ...of(number), ...keyOf(number) })));
}

async function complete(node: ScriptedNode): Promise<void> {
  const task = node.tasks.shift();
  if (!task || !node.node) throw new Error('The node has no task');
  world.desk.result(node.node, { task_id: task.task_id, epoch: task.epoch ?? 1, status: 'completed', result: 'x' });
  await settle();
}

const tasksOf = ({ tasks }: ScriptedNode) => tasks.map(({ task_id }) => task_id);

it('models that nobody has are passed over at once, until a node comes that has one of them', async () => {
  const node = await join(world, 'node-a');
  const llm = (model: string) => ({ service: 'llm', params: { model, max_tokens: 1 } });
  for (let i = 0; i < 2; i++) await submit(llm('m'));
  await submitMany((number) => llm(`none-${number}`));
  const { id } = await submit(llm('m'));
  expect(tasksOf(node)).not.toContain(id);
  await complete(node);
  expect(tasksOf(node)).toContain(id);
  if (!node.node) throw new Error('The node is not there');
  const services = [{ id: 'llm', concurrency: 9, models: ['none-349'] }];
  const protocol = { version: 1, public_key: 'k'.repeat(44), services, resume: [] };
  world.registry.update(node.node, node.node.record, { node_id: 'node-a', protocol });
  world.desk.joined(node.node, []);
  await world.time.pass(100);
  const models = node.tasks.map(({ params }) => params?.['model']);
  expect(models).toContain('none-349');
});

it('a place is given to one behind many that wait for a busy node, a moment later', async () => {
  const [a, b] = [await join(world, 'node-a'), await join(world, 'node-b')];
  for (const only of ['node-a', 'node-a', 'node-b', 'node-b']) await submit({ routing: { only: [only] } });
  await submitMany((number) => ({ routing: { only: ['node-b'], ignore: [`node-${number}`] } }));
  const { id } = await submit({ routing: { only: ['node-a'] } });
  expect([a.tasks.length, b.tasks.length]).toEqual([2, 2]);
  await complete(a);
  await world.time.pass(100);
  expect(tasksOf(a)).toContain(id);
});

it('containers that a node keeps for itself hold up none that it does not', async () => {
  const node = await join(world, 'node-a');
  if (!node.node) throw new Error('The node is not there');
  const bounds = { image: 'x', generates_proofs: false, timeout_seconds: 1, max_pending: 9 };
  const containers = [
    { id: 'inner', external: false, ...bounds },
    { id: 'open', external: true, ...bounds },
  ];
  const infernet = { containers, refusal_status: 400 as const, result_seconds: 1 };
  const services = [{ id: 'container', concurrency: 1 }];
  const protocol = { version: 1, public_key: 'k'.repeat(44), services, infernet, resume: [] };
  world.registry.update(node.node, node.node.record, { node_id: 'node-a', protocol });
  const chain = (name: string) => ({ service: 'container', content: '{}', params: { containers: [name] } });
  await submit(chain('open'));
  await submit(chain('inner'));
  const { id } = await submit(chain('open'));
  await complete(node);
  expect(tasksOf(node)).toEqual([id]);
});
