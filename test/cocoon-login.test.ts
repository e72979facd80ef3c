/** Owners of TON wallets log in with real signatures, and see what is theirs. */
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestWallet, keysOf, type TestWallet } from './support/ton-wallet.ts';

let network: TestNetwork;
beforeAll(async () => {
  network = await createTestNetwork({ nodes: 0 });
});
afterAll(() => network[Symbol.asyncDispose]());

const API = '/api/v1';
const nextPayload = async (): Promise<string> => (await network.call('GET', `${API}/auth/ton/payload`)).body.payload;

async function enter(wallet: TestWallet): Promise<string> {
  const { status, body } = await network.call('POST', `${API}/auth/ton`, { body: wallet.prove(await nextPayload()) });
  expect([status, body.address]).toEqual([200, wallet.rawAddress]);
  return body.token;
}

it.each(['v3r2', 'v4r2', 'v5r1'] as const)('a wallet of kind %s gets a token', async (kind) => {
  const key = await enter(createTestWallet(kind, 1));
  expect((await network.call('GET', `${API}/participants`, { key })).body).toEqual([]);
});

it("a wallet's token is as good as a key where a key stands in the body", async () => {
  const api_key = await enter(createTestWallet('v4r2', 7));
  const body = { task_type: 'echo', content: 'x', api_key };
  const { status, body: answer } = await network.call('POST', `${API}/request`, { body });
  expect([status, answer.detail]).toEqual([402, 'Insufficient credits: 10 needed, 0 available']);
});

describe('a proof', () => {
  const wallet = createTestWallet('v5r1', 2);
  const refusalOf = async (body: object): Promise<string> => {
    const answer = await network.call('POST', `${API}/auth/ton`, { body });
    expect(answer.status).toBe(422);
    return answer.body.detail[0].loc.at(-1);
  };

  it('holds once', async () => {
    const body = wallet.prove(await nextPayload());
    expect((await network.call('POST', `${API}/auth/ton`, { body })).status).toBe(200);
    expect(await refusalOf(body)).toBe('payload');
  });

  it('may name the port of this site, as wallets do', async () => {
    const body = wallet.prove(await nextPayload(), { domain: 'localhost:8800' });
    expect((await network.call('POST', `${API}/auth/ton`, { body })).status).toBe(200);
    const elsewhere = wallet.prove(await nextPayload(), { domain: 'localhost:8800.evil.example' });
    expect(await refusalOf(elsewhere)).toBe('domain');
  });

  it('is for this site, this time and what was asked', async () => {
    expect(await refusalOf(wallet.prove(await nextPayload(), { domain: 'evil.example' }))).toBe('domain');
    const old = Math.floor(Date.now() / 1000) - 1000;
    expect(await refusalOf(wallet.prove(await nextPayload(), { timestamp: old }))).toBe('timestamp');
    expect(await refusalOf(wallet.prove('00'.repeat(32)))).toBe('payload');
  });

  it("is signed by the wallet's own key, over all that it says", async () => {
    expect(await refusalOf(wallet.prove(await nextPayload(), { keys: keysOf(3) }))).toBe('signature');
    const good = wallet.prove(await nextPayload());
    const later = { ...good, proof: { ...good.proof, timestamp: good.proof.timestamp - 1 } };
    expect(await refusalOf(later)).toBe('signature');
    const other = createTestWallet('v5r1', 4);
    expect(await refusalOf({ ...good, address: other.rawAddress })).toBe('state_init');
    const { state_init: foreign } = other.prove('x').proof;
    expect(await refusalOf({ ...good, proof: { ...good.proof, state_init: foreign } })).toBe('state_init');
    expect(await refusalOf({ ...good, address: 'nonsense' })).toBe('address');
  });
});

it('a participant sees and changes its own and nothing else', async () => {
  const [mine, others] = [createTestWallet('v4r2', 5), createTestWallet('v4r2', 6)];
  const [key, otherKey] = [await enter(mine), await enter(others)];
  const register = (wallet: TestWallet, by: string) =>
    network.call('POST', `${API}/participants`, { key: by, body: { ton_wallet_address: wallet.rawAddress } });
  expect((await register(others, key)).status).toBe(403);
  const { status, body } = await register(mine, key);
  expect(status).toBe(201);
  const otherId = (await register(others, otherKey)).body.id;

  const workerOf = (participantId: number) => ({ participant_id: participantId, worker_name: 'w', instance_number: 0 });
  const added = await network.call('POST', `${API}/workers`, { key, body: workerOf(body.id) });
  expect(added.status).toBe(201);
  expect((await network.call('POST', `${API}/workers`, { key, body: workerOf(otherId) })).status).toBe(403);
  const change = { is_active: false };
  expect((await network.call('PATCH', `${API}/workers/${added.body.id}`, { key: otherKey, body: change })).status).toBe(
    403,
  );
  expect((await network.call('PATCH', `${API}/workers/${added.body.id}`, { key, body: change })).status).toBe(200);
  const seen = async (by: string) => (await network.call('GET', `${API}/participants`, { key: by })).body;
  expect((await seen(key)).map(({ id }: { id: number }) => id)).toEqual([body.id]);
  expect((await network.call('GET', `${API}/participants/${otherId}`, { key })).status).toBe(403);

  const payout = {
    participant_id: body.id,
    transaction_hash: 'own',
    amount_ton: 1,
    from_address: 'a',
    to_address: 'b',
    transaction_time: '2025-01-15T10:30:00Z',
  };
  expect((await network.call('POST', `${API}/payouts`, { key, body: payout })).status).toBe(403);
  const { operatorKey } = network;
  expect((await network.call('POST', `${API}/payouts`, { key: operatorKey, body: payout })).status).toBe(201);
  expect((await network.call('GET', `${API}/payouts`, { key })).body).toHaveLength(1);
  expect((await network.call('GET', `${API}/payouts`, { key: otherKey })).body).toEqual([]);
});

it('a wallet that an operator made one of the operators may do what they may', async () => {
  const wallet = createTestWallet('v5r1', 7);
  const body = { ton_wallet_address: wallet.rawAddress, is_operator: true };
  const asItself = await network.call('POST', `${API}/participants`, { key: await enter(wallet), body });
  expect(asItself.status).toBe(403);
  expect((await network.call('POST', `${API}/participants`, { key: network.operatorKey, body })).status).toBe(201);
  const all = await network.call('GET', `${API}/participants`, { key: await enter(wallet) });
  expect(all.body.length).toBeGreaterThan(1);
});

it('a token makes no key, which would outlive it, but lists those that there are', async () => {
  const key = await enter(createTestWallet('v5r1', 9));
  const { status, body } = await network.call('POST', '/plexus/v1/keys', { key, body: {} });
  expect([status, body.error.code]).toEqual([403, 'FORBIDDEN']);
  expect((await network.call('GET', '/plexus/v1/keys', { key })).body.items).toEqual([]);
});

it('a token that somebody made up, or changed, is none', async () => {
  const token = await enter(createTestWallet('v5r1', 8));
  const [header, body = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const none = encode({ alg: 'none' });
  const wrong = [
    `${header}.${encode({ ...claims, sub: `0:${'1'.repeat(64)}` })}.${signature}`,
    `${none}.${body}.`,
    `${none}.${body}.${signature}`,
    `${header}.${body}`,
    `${header}.${body}.`,
    'a.b.c',
  ];
  for (const key of wrong) expect((await network.call('GET', `${API}/participants`, { key })).status, key).toBe(401);
});
