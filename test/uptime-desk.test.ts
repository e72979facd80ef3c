/** How nodes' proofs that they were up are judged, and paid. */
import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import { type Books, createUptimeDesk, type LiveNode, type UptimeDesk } from '@plexus/core';
import { uptimeMessage } from '@plexus/protocol';
import { createMemoryBooks } from '@plexus/testkit';
import { beforeEach, expect, test } from 'vitest';

const HOUR_REWARD = 3_600_000n;
const START = Date.UTC(2026, 0, 1);
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
const NODE = { record: { id: 'node-1', accountId: 'earner', publicKey: raw, custodial: false } } as LiveNode;

let books: Books;
let desk: UptimeDesk;
let nowMs = 0;
beforeEach(async () => {
  books = createMemoryBooks();
  const createdAt = new Date(START);
  for (const [id, kind] of [
    ['mint', 'mint'],
    ['earner', 'node'],
  ] as const) {
    await books.commit({ type: 'openAccount', account: { id, kind, name: id, createdAt }, grant: 0n, mintId: 'mint' });
  }
  nowMs = 1000;
  desk = createUptimeDesk({
    books,
    crypto: { verify: (_key, message, signature) => verify(null, message, publicKey, signature) },
    coordinatorKey: 'coordinator',
    hashText: (text) => createHash('sha256').update(text).digest('hex'),
    now: () => nowMs,
    clock: () => new Date(START - 1000 + nowMs),
    hourReward: HOUR_REWARD,
    mintId: 'mint',
    onAccounts: () => undefined,
  });
  desk.joined(NODE);
});

/** A claim of so many seconds, from so many after the start. */
function claimOf(fromSeconds: number, seconds: number, coordinatorKey = 'coordinator') {
  const fromMs = START + fromSeconds * 1000;
  const toMs = fromMs + seconds * 1000;
  const message = uptimeMessage({ coordinatorKey, nodeId: 'node-1', fromMs, toMs });
  return { from_ms: fromMs, to_ms: toMs, signature: sign(null, Buffer.from(message), privateKey).toString('base64') };
}

const earned = async () => (await books.read.findAccount('earner'))?.available;

test('a signed claim that is no longer than the connection is kept and paid', async () => {
  nowMs += 60_000;
  expect(await desk.claim(NODE, claimOf(0, 60))).toBe(true);
  expect(await earned()).toBe(60_000n);
  const [proof] = await books.read.listProofs('node-1', 9);
  expect(proof).toMatchObject({ kind: 'uptime', verified: true, reward: 60_000n, endedAt: new Date(START + 60_000) });
  expect((await books.read.totals()).sum).toBe(0n);
});

test('a stake multiplies it', async () => {
  const at = new Date(START);
  const grant = { type: 'grantCredits', accountId: 'earner', amount: 10_000_000_000n, mintId: 'mint', at } as const;
  await books.commit(grant);
  await books.commit({
    type: 'stakeCredits',
    accountId: 'earner',
    keyId: 'none',
    amount: 10_000_000_000n,
    durationDays: 30,
    at,
  });
  nowMs += 60_000;
  expect(await desk.claim(NODE, claimOf(0, 60))).toBe(true);
  expect(await earned()).toBe(90_000n);
});

test.each([
  ['longer than the connection', () => claimOf(0, 90)],
  ['too short', () => claimOf(0, 10)],
  ['of a day that is still to come', () => claimOf(86_400, 60)],
  ['not signed for this coordinator', () => claimOf(0, 60, 'another')],
  ['changed after it was signed', () => ({ ...claimOf(0, 60), from_ms: START - 1 })],
])('a claim that is %s brings nothing', async (_name, make) => {
  nowMs += 60_000;
  expect(await desk.claim(NODE, make())).toBe(false);
  expect(await earned()).toBe(0n);
});

test('no moment is paid twice, on the same connection or on another', async () => {
  nowMs += 60_000;
  expect(await desk.claim(NODE, claimOf(0, 60))).toBe(true);
  expect(await desk.claim(NODE, claimOf(0, 60))).toBe(false);
  nowMs += 60_000;
  expect(await desk.claim(NODE, claimOf(30, 60))).toBe(false);
  desk.joined(NODE);
  nowMs += 60_000;
  expect(await desk.claim(NODE, claimOf(30, 60))).toBe(false);
  nowMs += 60_000;
  expect(await desk.claim(NODE, claimOf(60, 60))).toBe(true);
  expect(await earned()).toBe(120_000n);
});

test('claims that are each a little longer than the time between them are together no longer than the connection', async () => {
  for (let count = 0; count < 9; count++) {
    nowMs += 60_000;
    await desk.claim(NODE, claimOf(count * 61, 61));
  }
  expect(await earned()).toBeLessThanOrEqual(9n * 60_000n + 2000n);
});
