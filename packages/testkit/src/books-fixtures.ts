import type {
  Account,
  ApiKey,
  Attempt,
  Books,
  Command,
  Decision,
  EndJob,
  Job,
  RecordJob,
  StoredReceipt,
} from '@plexus/core';

/** The books of the test that runs. */
export interface Stage {
  readonly books: Books;
  /** Undefined when these books do not outlive their closing. */
  readonly reopen: (() => Promise<void>) | undefined;
}

/** The instant at which everything in these books happens. */
export const NOON = new Date('2025-01-15T12:00:00.000Z');
export const MINT = 'mint_1';
export const FEES = 'fees_1';
export const CLIENT = 'acct_client';
export const NODE = 'node_1';
export const NODE_ACCOUNT = 'acct_node';
/** What the client has at first, in micro-credits. */
export const GRANT = 1_000_000_000n;

/** An id whose order is that of its number. */
export function numbered(prefix: string, number: number): string {
  return `${prefix}_${number.toString().padStart(6, '0')}`;
}

export function openAccount(id: string, kind: Account['kind'], grant = 0n): Command {
  return { type: 'openAccount', account: { id, kind, name: `Name of ${id}`, createdAt: NOON }, grant, mintId: MINT };
}

/** A mint, an account for fees, a node's and a client's. */
export async function furnish(books: Books): Promise<void> {
  await books.commit(openAccount(MINT, 'mint'));
  await books.commit(openAccount(FEES, 'fees'));
  await books.commit(openAccount(NODE_ACCOUNT, 'node'));
  await books.commit(openAccount(CLIENT, 'client', GRANT));
}

export function keyOf(id: string, fields: Partial<ApiKey> = {}): ApiKey {
  return {
    id,
    accountId: CLIENT,
    hash: `hash of ${id}`,
    prefix: 'gn_1234',
    label: 'test',
    role: 'client',
    scopes: ['submit', 'node:node_1'],
    spent: 0n,
    createdAt: NOON,
    ...fields,
  };
}

export function jobOf(number: number, fields: Partial<Job> = {}): Job {
  return {
    id: numbered('job', number),
    accountId: CLIENT,
    service: 'echo',
    content: 'hello',
    params: { temperature: 0.5, nested: { list: [1, 'two', null] } },
    state: 'queued',
    hold: 100n,
    unitPrice: 10n,
    cost: 0n,
    epoch: 0,
    attempts: [],
    decisions: [],
    createdAt: NOON,
    deadlineAt: new Date(NOON.getTime() + 60_000),
    ...fields,
  };
}

export function openJob(job: Job): Command {
  return { type: 'openJob', job };
}

export const DECISION: Decision = {
  at: NOON,
  chosen: NODE,
  considered: [
    { nodeId: NODE, score: 0.5, parts: { load: 0.25 } },
    { nodeId: 'node_2', parts: {}, ruledOut: 'full' },
  ],
  notConsidered: 3,
};

export function attemptOf(epoch: number, fields: Partial<Attempt> = {}): Attempt {
  return { epoch, nodeId: NODE, startedAt: NOON, ...fields };
}

export function leaseJob(job: Job, epoch: number): Command {
  const lease = { state: 'running', epoch, nodeId: NODE, startedAt: NOON, attempts: [attemptOf(epoch)] } as const;
  return { type: 'leaseJob', jobId: job.id, lease: { ...lease, decisions: [DECISION] } };
}

export function receiptOf(job: Job, fill = 1): StoredReceipt {
  return {
    payload: {
      version: '1.0',
      receipt_id: `receipt_${job.id}`,
      job_id: job.id,
      miner_id: NODE,
      client: job.accountId,
      units: 4,
      unit_type: 'token',
      price: '0.00004',
      started_at: NOON.toISOString(),
      completed_at: NOON.toISOString(),
      metadata: { model: 'a', tokens: 4 },
    },
    signature: { alg: 'Ed25519', key_id: '0123456789abcdef', sig: 'c2ln', public_key: 'a2V5' },
    custodial: false,
    leafHash: new Uint8Array(32).fill(fill),
    createdAt: NOON,
  };
}

/** Completes a job: 40 of it charged, 4 of them as fee. */
export function completeJob(job: Job, epoch = job.epoch, cost = 40n): EndJob {
  const fee = cost / 10n;
  return {
    type: 'endJob',
    jobId: job.id,
    accountId: job.accountId,
    ...(job.keyId !== undefined && { keyId: job.keyId }),
    end: {
      state: 'completed',
      reason: 'done',
      cost,
      units: 4,
      result: 'olleh',
      nodeId: NODE,
      epoch,
      attempts: [attemptOf(epoch, { endedAt: NOON, outcome: 'completed' })],
      decisions: [DECISION],
      startedAt: NOON,
      endedAt: NOON,
      processingMs: 1.5,
      facts: { finish_reason: 'stop', completion_tokens: 3 },
    },
    payments: [{ nodeId: NODE, payeeId: NODE_ACCOUNT, amount: cost, fee, feesId: FEES }],
    scores: [{ nodeId: NODE, completed: 1, failed: 0, earned: cost - fee, busyMs: 250 }],
    receipt: receiptOf(job),
  };
}

/** The same for a job that was not written before. */
export function recordJob(job: Job, command: EndJob): RecordJob {
  const { end, payments, scores, receipt } = command;
  return { type: 'recordJob', job: { ...job, ...end }, payments, scores, ...(receipt && { receipt }) };
}

/** Ends a job for nothing. */
export function cancelJob(job: Job, epoch = job.epoch): EndJob {
  const end = { state: 'cancelled', reason: 'cancelled_by_client', cost: 0n, epoch, endedAt: NOON } as const;
  return {
    type: 'endJob',
    jobId: job.id,
    accountId: job.accountId,
    ...(job.keyId !== undefined && { keyId: job.keyId }),
    end: { ...end, attempts: [], decisions: [] },
    payments: [],
    scores: [],
  };
}
