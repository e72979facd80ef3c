/** Inputs of the Cocoon manager's endpoints that look right to a client and must not be taken for something else. */
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

const WORKER = { participant_id: 1, worker_name: 'x', instance_number: 1, stats_port: 12000 };
const PAYOUT = {
  participant_id: 1,
  transaction_hash: 'abc123',
  amount_ton: 25.5,
  from_address: 'UQPool...',
  to_address: 'UQParticipant...',
  transaction_time: '2025-01-15T10:30:00Z',
};

let network: TestNetwork;
beforeAll(async () => {
  network = await createTestNetwork({ nodes: 0 });
  await call('POST', '/participants', { ton_wallet_address: `0:${'1'.repeat(64)}` });
});
afterAll(() => network[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown) =>
  network.call(method, `/api/v1${path}`, { key: network.operatorKey, ...(body !== undefined && { body }) });

it('takes flags as Python writes them', async () => {
  const { body } = await call('POST', '/workers', WORKER);
  await call('PATCH', `/workers/${body.id}`, { is_active: false });
  expect((await call('GET', '/workers?is_active=False')).body).toMatchObject([{ id: body.id }]);
  expect((await call('GET', '/workers?is_active=True')).body).toEqual([]);
  expect((await call('GET', '/payouts?confirmed=1')).body).toEqual([]);
  const neither = await call('GET', '/workers?is_active=maybe');
  expect(neither.body.detail).toMatchObject([{ type: 'bool_parsing', input: 'maybe' }]);
});

it('refuses days that there are not', async () => {
  for (const time of ['2025-02-29T00:00:00Z', '2025-04-31', '2025-02-30T10:00:00+02:00']) {
    const wrong = await call('POST', '/payouts', { ...PAYOUT, transaction_time: time });
    expect([wrong.status, wrong.body.detail[0].loc], time).toEqual([422, ['body', 'transaction_time']]);
  }
  for (const time of ['9999-12-31T23:59:59-14:00', '0001-01-01T00:00:00+14:00', '0000-06-01T00:00:00Z']) {
    expect((await call('POST', '/payouts', { ...PAYOUT, transaction_time: time })).status, time).toBe(422);
  }
  const leap = { ...PAYOUT, transaction_time: '2024-02-29t23:30:00-01:00' };
  expect((await call('POST', '/payouts', leap)).body.transaction_time).toBe('2024-03-01T00:30:00Z');
});

it('reports the last year that there is', async () => {
  const payout = { ...PAYOUT, transaction_hash: 'last', transaction_time: '9999-12-31T23:59:59Z' };
  expect((await call('POST', '/payouts', payout)).status).toBe(201);
  expect((await call('GET', '/payouts/export/tax-report?year=9999')).body).toContain('9999-12-31 23:59:59,last,');
});

it('refuses a port in the name of a host', async () => {
  for (const host of ['localhost:12000', '127.0.0.1:12000']) {
    expect((await call('POST', '/workers', { ...WORKER, host })).body.detail[0]?.loc, host).toEqual(['body', 'host']);
  }
  for (const host of ['::1', '[2001:db8::1]', 'a-b.example']) {
    expect((await call('POST', '/workers', { ...WORKER, host })).status, host).toBe(201);
  }
});
