import type { Command, EndJob, Job, OpenJob, ScoreChange, StoredReceipt } from '@plexus/core';
import fc from 'fast-check';
import { CLIENTS, CUSTODY, FEES, KEYS, MINT, NODE_ACCOUNT, NOON } from './world.ts';

const JOBS = 9;

/** Values that are accepted as a rule, with some that are often not. */
function mostly<T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 4, arbitrary: usual }, { weight: 1, arbitrary: rare });
}

/** Which account and key opened a job: fixed for each number, so that its end can name the same. */
function ownerOf(number: number): { accountId: string; keyId?: string } {
  if (number % 3 === 2) return { accountId: CLIENTS[1] };
  return { accountId: CLIENTS[0], keyId: KEYS[number % 3] as string };
}

const amount = fc.bigInt({ min: 0n, max: 200n });
const jobNumber = fc.nat({ max: JOBS - 1 });
const epoch = mostly(fc.constantFrom(0, 1), fc.nat({ max: 3 }));
const client = fc.constantFrom(...CLIENTS);
const nodeId = fc.constantFrom('node_1', 'node_2');

const opening = fc.record({
  hold: mostly(fc.bigInt({ min: 30n, max: 60n }), amount),
  once: mostly(fc.constant(false), fc.boolean()),
});

const ending = fc.record({
  epoch,
  nodeId,
  cost: mostly(fc.bigInt({ min: 3n, max: 30n }), amount),
  fee: mostly(fc.bigInt({ min: 0n, max: 3n }), fc.bigInt({ min: 0n, max: 50n })),
  paid: mostly(fc.constant(true), fc.boolean()),
  signed: fc.boolean(),
  outcome: fc.constantFrom('completed', 'failed', 'cancelled'),
  payeeId: mostly(fc.constantFrom(NODE_ACCOUNT, CUSTODY), fc.constant('nobody')),
});

type Value<A> = A extends fc.Arbitrary<infer T> ? T : never;

function openJob(number: number, { hold, once }: Value<typeof opening>): OpenJob {
  const job: Job = {
    ...ownerOf(number),
    id: `job_${number}`,
    service: number % 2 === 0 ? 'echo' : 'llm',
    content: '',
    params: {},
    state: 'queued',
    hold,
    unitPrice: 1n,
    cost: 0n,
    epoch: 0,
    attempts: [],
    decisions: [],
    createdAt: NOON,
    deadlineAt: NOON,
    ...(once && { idempotencyKey: 'once', requestHash: 'hash' }),
  };
  return { type: 'openJob', job };
}

function endJob(number: number, { paid, signed, outcome, payeeId, ...fields }: Value<typeof ending>): EndJob {
  const jobId = `job_${number}`;
  const { epoch, nodeId, cost, fee } = fields;
  const attempts = [{ epoch, nodeId, startedAt: NOON, endedAt: NOON, outcome }];
  return {
    type: 'endJob',
    jobId,
    ...ownerOf(number),
    end: { state: outcome, reason: 'done', cost, epoch, attempts, decisions: [], endedAt: NOON },
    payments: paid ? [{ nodeId, payeeId, amount: cost, fee, feesId: FEES }] : [],
    scores: outcome === 'cancelled' ? [] : [scoreOf(nodeId, outcome, cost)],
    ...(signed && { receipt: receiptOf(jobId, nodeId) }),
  };
}

function scoreOf(nodeId: string, outcome: 'completed' | 'failed', earned: bigint): ScoreChange {
  const isCompleted = outcome === 'completed';
  return { nodeId, completed: Number(isCompleted), failed: Number(!isCompleted), earned, busyMs: 7 };
}

const leaseJob = fc
  .record({
    number: jobNumber,
    epoch,
    nodeId,
    state: mostly(fc.constantFrom('running', 'queued'), fc.constant('completed')),
  })
  .map(({ number, ...lease }): Command => ({
    type: 'leaseJob',
    jobId: `job_${number}`,
    lease: { ...lease, attempts: [], decisions: [] },
  }));

function receiptOf(jobId: string, nodeId: string): StoredReceipt {
  const text = { receipt_id: '', client: '', unit_type: '', price: '0', started_at: '', completed_at: '' };
  return {
    payload: { version: '1.0', ...text, job_id: jobId, miner_id: nodeId, units: 0, metadata: {} },
    signature: { alg: 'Ed25519', key_id: '', sig: '', public_key: '' },
    custodial: false,
    leafHash: new Uint8Array(1),
    createdAt: NOON,
  };
}

const grantCredits = fc
  .record({ accountId: client, amount, claim: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }) })
  .map(({ accountId, amount, claim: hash }): Command => ({
    type: 'grantCredits',
    accountId,
    amount,
    mintId: MINT,
    at: NOON,
    ...(hash && { claim: { accountId: CLIENTS[0], key: 'once', requestHash: hash, answer: 'done' } }),
  }));

const others = fc.oneof(
  fc
    .record({ number: jobNumber, nodeId, rating: fc.integer({ min: 1, max: 5 }) })
    .map(({ number, nodeId, rating }): Command => {
      const { accountId } = ownerOf(number);
      return { type: 'rateJob', jobId: `job_${number}`, accountId, nodeId, rating, at: NOON };
    }),
  client.map((accountId): Command => ({ type: 'releaseCustodial', custodyId: CUSTODY, accountId, at: NOON })),
  fc.constantFrom(...KEYS, 'key_none').map((keyId): Command => ({ type: 'revokeKey', keyId, at: NOON })),
  fc
    .record({ id: nodeId, publicKey: fc.constantFrom('one', 'two'), accountId: fc.constantFrom(NODE_ACCOUNT, 'new') })
    .map(({ id, publicKey, accountId }): Command => ({
      type: 'registerNode',
      node: { id, publicKey, accountId, name: id, custodial: false, capabilities: [], languages: [], createdAt: NOON },
      account: { account: { id: accountId, kind: 'node', name: id, createdAt: NOON }, grant: 7n, mintId: MINT },
    })),
);

const offerId = fc.constantFrom('offer_1', 'offer_2');
const later = new Date(NOON.getTime() + 1);

const offers = fc.oneof(
  fc
    .record({ id: offerId, price: amount, maxJobs: fc.integer({ min: 1, max: 3 }), lasts: fc.boolean() })
    .map(({ id, price, maxJobs, lasts }): Command => {
      const miner = { nodeId: 'node_1', accountId: NODE_ACCOUNT, jobType: 'echo', requirements: {} };
      const time = { state: 'active', createdAt: NOON, expiresAt: lasts ? later : NOON } as const;
      return { type: 'createOffer', offer: { id, price, maxJobs, jobsLeft: maxJobs, ...miner, ...time } };
    }),
  fc
    .record({ offerId, number: jobNumber, keyId: fc.constantFrom(...KEYS), bid: mostly(fc.constant(200n), amount) })
    .map(({ number, ...all }): Command => {
      const { accountId, keyId: submittedBy } = ownerOf(number);
      const job = { jobId: `job_${number}`, accountId, ...(submittedBy !== undefined && { submittedBy }) };
      return { type: 'acceptOffer', ...all, ...job, demands: { only: ['node_1'], offerId: all.offerId }, at: NOON };
    }),
  offerId.map((id): Command => ({ type: 'withdrawOffer', offerId: id, at: NOON })),
  offerId.map((id): Command => ({ type: 'closeOffers', offerIds: [id], at: NOON })),
);

const command = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(jobNumber, opening).map((all) => openJob(...all)) },
  { weight: 3, arbitrary: leaseJob },
  { weight: 5, arbitrary: fc.tuple(jobNumber, ending).map((all) => endJob(...all)) },
  { weight: 2, arbitrary: grantCredits },
  { weight: 2, arbitrary: others },
  { weight: 3, arbitrary: offers },
);

/** A job that is written as it ended. */
const recorded = fc.tuple(jobNumber, opening, ending).map(([number, open, end]): Command[] => {
  const { end: ended, payments, scores, receipt } = endJob(number, end);
  const job = { ...openJob(number, open).job, ...ended };
  return [{ type: 'recordJob', job, payments, scores, ...(receipt && { receipt }) }];
});

const group = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(command) },
  { weight: 2, arbitrary: recorded },
  { weight: 1, arbitrary: fc.array(command, { minLength: 2, maxLength: 3 }) },
);

/** Groups of commands over few accounts, keys and jobs, so that many collide; a good part of them is refused. */
export const groups: fc.Arbitrary<readonly (readonly Command[])[]> = fc.array(group, { maxLength: 50, size: 'max' });

/** How many groups go into each batch. */
export const batchSizes: fc.Arbitrary<readonly number[]> = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 50 });
