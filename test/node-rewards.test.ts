/** What a node earns: told job by job in the node's account, and paid to the node's owner. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createNeuroshardWorld, type NeuroshardWorld } from './support/neuroshard-world.ts';

let world: NeuroshardWorld;
beforeAll(async () => {
  world = await createNeuroshardWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const ask = async (path: string, key: string, body?: object) =>
  await world.network.call(body ? 'POST' : 'GET', path, { key, ...(body && { body }) });

async function transactions(key: string) {
  return (await world.call('GET', '/api/v1/wallet/transactions?limit=100', { key })).body.transactions;
}

/** The account that the node earns into. */
async function earner(): Promise<string> {
  const { body } = await ask('/plexus/v1/nodes', world.network.operatorKey);
  return body.items.find(({ node_id: id }: { node_id: string }) => id === world.node.nodeId).account_id;
}

it('is told with the proof of each job and the role that the node had in it', async () => {
  const { operatorKey } = world.network;
  const { api_key: client } = await world.network.register();
  const { body } = await world.call('POST', '/api/v1/inference', { key: client, body: { prompt: 'x' } });
  const jobId = body.id.replace('inf_', '');
  const echo = await ask('/api/v1/request', client, { task_type: 'echo', content: 'x', api_key: client });
  const key = (await ask('/plexus/v1/keys', operatorKey, { account_id: await earner(), role: 'provider' })).body;
  const told = (await transactions(key.api_key)).filter(({ type }: { type: string }) => type === 'reward');
  expect(told).toMatchObject([
    { amount: 10, details: { job_id: echo.body.task_id, role: 'worker' } },
    { amount: 0.0004, details: { proof_id: `proof_${jobId}`, job_id: jobId, role: 'driver' } },
  ]);
});

it("is paid to the node's owner who asks for it, and to nobody else", async () => {
  const { operatorKey } = world.network;
  const { api_key: client, node_id: clientId } = await world.network.register();
  await world.call('POST', '/api/v1/inference', { key: client, body: { prompt: 'x' } });
  const { account_id: ownerId } = (await ask('/plexus/v1/wallet', operatorKey)).body;
  const path = `/plexus/v1/nodes/${world.node.nodeId}/release`;
  expect((await ask(path, client, { account_id: clientId })).status).toBe(403);
  expect((await ask(path, client, { account_id: ownerId })).status).toBe(403);
  const wrong = await ask(path, operatorKey, { account_id: clientId });
  expect([wrong.status, wrong.body.error.details.field]).toEqual([422, 'account_id']);

  const { body } = await ask(path, operatorKey, { account_id: ownerId });
  expect(Number(body.released)).toBeGreaterThan(0);
  const [newest] = await transactions(operatorKey);
  expect(newest).toMatchObject({
    type: 'reward',
    amount: Number(body.released),
    details: { reason: 'custodial_release' },
  });
  expect((await ask(path, operatorKey, { account_id: ownerId })).body.released).toBe('0');
  const metrics = await (await fetch(`${world.network.url}/metrics`)).text();
  expect(metrics).toMatch(/^plexus_ledger_imbalance\S* 0$/m);
});
