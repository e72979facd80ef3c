/** What the coordinator lets be said of a signed payment: what it does not understand leaves the plan as it was. */
import { type Books, packChunk, type SeriesPoint } from '@plexus/core';
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

const PLANS = '/plexus/v1/payout-plans';
const WALLET = 'EQDtFpEwcFAEcRe5mLVh2N6C0x-_hJEM7W61_JLnSF74p4q2';
const HASH = 'ab'.repeat(32);
const FROM = new Date('2025-01-15T10:00:00Z');
const TO = new Date('2025-01-15T11:00:00Z');

let network: TestNetwork;
let books: Books;
let plan: string;

beforeAll(async () => {
  network = await createTestNetwork({ nodes: 0, wrapBooks: (opened) => (books = opened) });
  const { id } = await call('/api/v1/participants', { ton_wallet_address: WALLET });
  const worker = { participantId: Number(id), name: 'w', instanceNumber: 0, host: 'h', statsPort: 1, isActive: false };
  const times = { priceCoefficient: 1, createdAt: FROM, updatedAt: FROM };
  const { fleetId: workerId = 0 } = await books.commit({ type: 'addWorker', worker: { ...worker, ...times } });
  const pointAt = (minutes: number, revenue: number): SeriesPoint => {
    const at = new Date(FROM.getTime() + minutes * 60_000);
    return { at, status: 'healthy', polls: 1, answers: 1, revenue, requests: 0 };
  };
  const points = [pointAt(-5, 1e9), pointAt(30, 6e9)];
  const chunk = packChunk({ workerId, resolution: 'raw', startAt: pointAt(-5, 0).at, points });
  await books.commit({ type: 'keepSeries', states: [], chunks: [chunk], removed: [] });
  const period = { period_start: FROM.toISOString(), period_end: TO.toISOString() };
  plan = String((await call(PLANS, period)).id);
}, 60_000);
afterAll(async () => await network[Symbol.asyncDispose]());

async function call(path: string, body: object) {
  const answer = await network.call('POST', path, { key: network.operatorKey, body });
  return { status: answer.status, ...answer.body };
}

const look = async () => (await network.call('GET', `${PLANS}/${plan}`, { key: network.operatorKey })).body;

it('takes a payment as made only with its transaction: it is not free to be paid again without one', async () => {
  const payment = { participant_ids: [1], from: WALLET, seqno: 0, boc: 'AA', message_hash: HASH };
  const leap = await call(`${PLANS}/${plan}/messages`, {
    revision: 1,
    ...payment,
    valid_until: '2025-01-15T23:59:60Z',
  });
  expect(leap).toMatchObject({ status: 422, error: { details: { field: 'valid_until' } } });
  expect(await look()).toMatchObject({ revision: 1, messages: [] });

  const valid = '2025-01-15T12:00:00Z';
  expect(await call(`${PLANS}/${plan}/messages`, { revision: 1, ...payment, valid_until: valid })).toMatchObject({
    status: 200,
    messages: [{ state: 'signed' }],
  });
  const settle = (body: object) => call(`${PLANS}/${plan}/messages/${HASH}`, { revision: 2, ...body });
  expect(await settle({ state: 'confirmed' })).toMatchObject({
    status: 422,
    error: { details: { field: 'transaction_hash' } },
  });
  expect(await settle({ state: 'confirmed', transaction_hash: HASH, paid: [2] })).toMatchObject({
    status: 422,
    error: { details: { field: 'paid' } },
  });
  expect(await look()).toMatchObject({ revision: 2, messages: [{ state: 'signed' }] });
  expect(await settle({ state: 'confirmed', transaction_hash: HASH })).toMatchObject({ state: 'done' });
});
