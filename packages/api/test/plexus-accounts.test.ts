import type { ApiKey, JournalEntry } from '@plexus/core';
import { listServices } from '@plexus/protocol';
import { expect, test } from 'vitest';
import { anAccount, aNode, aListener, AT, CLIENT, OPERATOR, plexusDeps } from './fakes.ts';

const client = { authorization: 'Bearer gn_client' };
const operator = { authorization: 'bearer gn_operator' };
const { accounts, keys, nodes } = plexusDeps();

const KEY: ApiKey = {
  id: 'key-2',
  accountId: 'account-1',
  hash: 'never shown',
  prefix: 'gn_012345',
  label: 'laptop',
  role: 'client',
  scopes: ['read'],
  spendLimit: 1_500_000n,
  spent: 0n,
  maxRunning: 3,
  createdAt: AT,
};
const KEY_VIEW = {
  id: 'key-2',
  account_id: 'account-1',
  label: 'laptop',
  prefix: 'gn_012345',
  role: 'client',
  scopes: ['read'],
  max_running: 3,
  spend_limit: '1.5',
  spent: '0',
  expires_at: null,
  revoked_at: null,
  created_at: '2025-01-15T10:30:00.000Z',
};

test('a key is made as it was asked and shown once', async () => {
  const asked: unknown[] = [];
  const create = async (...request: unknown[]) => {
    asked.push(request);
    return { key: KEY, secret: 'gn_new' };
  };
  const app = await aListener({ plexus: { keys: { ...keys, create, list: async () => [KEY] } } });
  const post = (payload?: object) =>
    app.inject({ method: 'POST', url: '/plexus/v1/keys', headers: client, ...(payload && { payload }) });
  const wanted = {
    label: 'laptop',
    scopes: ['node:abc'],
    spend_limit: '1.5',
    max_running: 3,
    expires_at: '2030-01-01T00:00:00Z',
  };
  const made = await post(wanted);
  expect([made.statusCode, made.json()]).toStrictEqual([201, { ...KEY_VIEW, api_key: 'gn_new' }]);
  await post();
  const expiresAt = new Date('2030-01-01T00:00:00Z');
  expect(asked).toStrictEqual([
    [CLIENT, { label: 'laptop', scopes: ['node:abc'], spendLimit: 1_500_000n, maxRunning: 3, expiresAt }],
    [CLIENT, {}],
  ]);
  const listed = await app.inject({ url: '/plexus/v1/keys', headers: client });
  expect(listed.json()).toStrictEqual({ items: [KEY_VIEW], next: null });
});

test.each(['tomorrow', '2030-01-01', '2030-12-31T23:59:60Z'])('a key cannot expire at %s', async (expiry) => {
  const app = await aListener({ plexus: {} });
  const payload = { expires_at: expiry };
  const response = await app.inject({ method: 'POST', url: '/plexus/v1/keys', headers: client, payload });
  expect([response.statusCode, response.json().error.details.field]).toStrictEqual([422, 'expires_at']);
});

test('a key is revoked by a DELETE, with an empty JSON body too', async () => {
  const revoke = async () => ({ ...KEY, revokedAt: AT });
  const app = await aListener({ plexus: { keys: { ...keys, revoke } } });
  for (const type of [{}, { 'content-type': 'application/json' }]) {
    const headers = { ...client, ...type };
    const response = await app.inject({ method: 'DELETE', url: '/plexus/v1/keys/key-2', headers });
    expect([response.statusCode, response.json()]).toMatchObject([200, { revoked_at: '2025-01-15T10:30:00.000Z' }]);
  }
});

test("an operator's endpoint is closed to others", async () => {
  const asked: unknown[] = [];
  const grant = async (...request: unknown[]) => {
    asked.push(request);
    return anAccount({ available: 1_000_001n });
  };
  const app = await aListener({ plexus: { accounts: { ...accounts, grant } } });
  const payload = { account_id: 'account-1', credits: '0.1', memo: 'thanks' };
  const options = { method: 'POST', url: '/plexus/v1/grants', payload } as const;
  const refused = await app.inject({ ...options, headers: client });
  expect([refused.statusCode, refused.json()]).toMatchObject([403, { error: { code: 'FORBIDDEN' } }]);
  const given = await app.inject({ ...options, headers: { ...operator, 'idempotency-key': 'one' } });
  expect([given.statusCode, given.json()]).toMatchObject([201, { available: '1.000001', held: '0' }]);
  const idempotency = { key: 'one', requestHash: expect.stringMatching(/^[0-9a-f]{64}$/) };
  expect(asked).toStrictEqual([[OPERATOR, { accountId: 'account-1', amount: 100_000n, memo: 'thanks', idempotency }]]);
});

test('entries are signed and paged by their sequence', async () => {
  const mine = { accountId: 'account-1', part: 'available' } as const;
  const held = { accountId: 'account-1', part: 'held' } as const;
  const base = { amount: 10_000_000n, jobId: 'j', at: AT };
  const found: JournalEntry[] = [
    { ...base, kind: 'release', debit: held, credit: mine, sequence: 9 },
    { ...base, kind: 'hold', debit: mine, credit: held, sequence: 8 },
  ];
  const app = await aListener({ plexus: { accounts: { ...accounts, entries: async () => found } } });
  const response = await app.inject({ url: '/plexus/v1/wallet/entries?limit=2', headers: client });
  const rest = { job_id: 'j', memo: null, at: '2025-01-15T10:30:00.000Z' };
  expect(response.json()).toStrictEqual({
    items: [
      { id: 'tx-000009', kind: 'release', amount: '10', ...rest },
      { id: 'tx-000008', kind: 'hold', amount: '-10', ...rest },
    ],
    next: '8',
  });
  const wrong = await app.inject({ url: '/plexus/v1/wallet/entries?after=x', headers: client });
  expect([wrong.statusCode, wrong.json().error.code]).toStrictEqual([422, 'INVALID_INPUT']);
});

test('services are those of Plexus and those that only nodes know', async () => {
  const services = [{ id: 'poetry', active: 0, concurrency: 1, models: [] }];
  const online = { ...nodes, listOnline: () => [aNode({ services })], countOffering: (id: string) => id.length };
  const app = await aListener({ plexus: { nodes: online } });
  const listed: { id: string; available: number; unit_price: string }[] = (
    await app.inject('/plexus/v1/services')
  ).json();
  expect(listed.map(({ id }) => id)).toStrictEqual([...listServices().map(({ id }) => id), 'poetry']);
  expect(listed[0]).toMatchObject({ id: 'echo', available: 4, unit_price: '10', timeout_seconds: 60 });
  expect(listed[0]).toHaveProperty('params.properties.delay_ms');
});

test('nodes are listed, drained and paid out', async () => {
  const drain = async (_caller: unknown, id: string) => aNode({ id, draining: true, services: [] });
  const resources = { cpuMillis: 4000, memoryBytes: 1024, gpus: [{ name: 'RTX', memoryBytes: 512 }] };
  const all = {
    ...nodes,
    list: async () => [aNode({ lastSeenAt: AT, resources })],
    drain,
    releaseRewards: async () => 1n,
  };
  const app = await aListener({ plexus: { nodes: all } });
  const listed = await app.inject({ url: '/plexus/v1/nodes', headers: client });
  expect(listed.json().items).toStrictEqual([
    {
      node_id: 'abc-123',
      name: 'zh-specialist',
      account_id: 'account-2',
      online: true,
      draining: false,
      custodial: false,
      languages: ['en', 'zh'],
      services: [{ id: 'translate', active: 1, concurrency: 5, models: [] }],
      reputation: 4,
      completed: 3,
      failed: 1,
      load: 0.2,
      cpu_percent: null,
      last_seen_at: '2025-01-15T10:30:00.000Z',
      resources: { cpu_millis: 4000, memory_bytes: 1024, gpus: [{ name: 'RTX', memory_bytes: 512 }] },
    },
  ]);
  const id = `n/${'é'.repeat(100)}`;
  const url = `/plexus/v1/nodes/${encodeURIComponent(id)}`;
  const drained = await app.inject({ method: 'POST', url: `${url}/drain`, headers: operator });
  expect(drained.json()).toMatchObject({ node_id: id, draining: true });
  const payload = { account_id: 'account-3' };
  const released = await app.inject({ method: 'POST', url: `${url}/release`, headers: operator, payload });
  expect(released.json()).toStrictEqual({ node_id: id, account_id: 'account-3', released: '0.000001' });
});

test('who the coordinator is', async () => {
  const app = await aListener({ plexus: {} });
  expect((await app.inject('/plexus/v1/info')).json()).toStrictEqual({
    name: 'test',
    version: '1',
    public_key: 'AAAA',
    log_id: 'log',
    log_restored: null,
    started_at: '2025-01-15T10:30:00.000Z',
    online_nodes: 1,
    limits: { body_bytes: 10 },
    ledger_sum: '0',
  });
});
