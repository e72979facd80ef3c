/** Who makes something again under an Idempotency-Key is told what was told first, whatever has become of it since. */
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

let network: TestNetwork;
beforeAll(async () => void (network = await createTestNetwork({ nodes: 1 })));
afterAll(() => network[Symbol.asyncDispose]());

async function create(path: string, idempotencyKey: string, body: object) {
  const headers = { 'idempotency-key': idempotencyKey };
  const { status, body: answer } = await network.call('POST', path, { key: network.operatorKey, body, headers });
  expect(status, JSON.stringify(answer)).toBe(201);
  return answer;
}

it('a job of AITBC that has been done since', async () => {
  const key = network.operatorKey;
  const job = { type: 'echo', input: { text: 'Call me Ishmael.' } };
  const first = await create('/v1/jobs', 'j-1', job);
  expect(first).toMatchObject({ status: 'submitted' });
  const state = async () => (await network.call('GET', `/v1/jobs/${first.job_id}`, { key })).body.status;
  await expect.poll(state).toBe('completed');
  expect(await create('/v1/jobs', 'j-1', job)).toEqual(first);
});

it('an offer that has been withdrawn since', async () => {
  const key = network.operatorKey;
  const offer = { job_type: 'echo', price: '1', miner_id: network.nodes[0]?.nodeId };
  const first = await create('/v1/marketplace/offers', 'o-1', offer);
  await network.call('DELETE', `/v1/marketplace/offers/${first.offer_id}`, { key });
  expect(await create('/v1/marketplace/offers', 'o-1', offer)).toEqual(first);
});

it('a worker of the fleet that has been changed since', async () => {
  const key = network.operatorKey;
  const owner = { ton_wallet_address: 'UQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPuwA' };
  const { id } = await create('/api/v1/participants', 'p-1', owner);
  const worker = { participant_id: id, worker_name: 'Worker-0', instance_number: 0 };
  const first = await create('/api/v1/workers', 'w-1', worker);
  await network.call('PATCH', `/api/v1/workers/${first.id}`, { key, body: { is_active: false } });
  const { body: changed } = await network.call('GET', `/api/v1/workers/${first.id}`, { key });
  expect(changed.is_active).toBe(false);
  expect(await create('/api/v1/workers', 'w-1', worker)).toEqual(first);
});
