import { formatCredits } from '@plexus/protocol';
import type { ApiKey } from '../accounts/api-key.ts';
import { changed } from '../changed.ts';
import { DomainError } from '../errors.ts';
import { type Attempt, hasEnded, type JobHead } from '../jobs/job.ts';
import { idempotencyMismatch } from './account-rules.ts';
import type { EndJob, LeaseJob, OpenJob } from './commands.ts';
import type { Draft } from './draft.ts';

/** Takes the worst case out of the balance and writes the job, together. */
export function openJob(draft: Draft, { job }: OpenJob): void {
  if (job.idempotencyKey !== undefined && draft.findJobClaim(job.accountId, job.idempotencyKey) !== undefined) {
    throw idempotencyMismatch(job.idempotencyKey);
  }
  spendOnKey(draft, job.keyId, job.hold);
  draft.hold({
    kind: 'hold',
    debit: { accountId: job.accountId, part: 'available' },
    credit: { accountId: job.accountId, part: 'held' },
    amount: job.hold,
    jobId: job.id,
    at: job.createdAt,
  });
  draft.insertJob(job);
}

/** A lease is only ever replaced by one with a higher epoch, so that no two nodes hold the same. */
export function leaseJob(draft: Draft, { jobId, lease }: LeaseJob): void {
  const job = openHead(draft, jobId);
  if (hasEnded(lease.state)) throw new RangeError(`A lease cannot end a job: ${lease.state}`);
  if (lease.epoch < job.epoch || (lease.epoch === job.epoch && lease.state === 'running')) {
    throw new DomainError('STALE_LEASE', 'The job has a newer lease', { jobId, epoch: job.epoch });
  }
  draft.changeJob(job, lease);
}

/** Charges, pays, releases and records in one step; a job ends once. */
export function endJob(draft: Draft, command: EndJob): number | undefined {
  const { jobId, end, receipt } = command;
  const job = openHead(draft, jobId);
  if (end.epoch !== job.epoch) {
    throw new DomainError('STALE_LEASE', 'The job has a newer lease', { jobId, epoch: job.epoch });
  }
  if (command.accountId !== job.accountId || command.keyId !== job.keyId) {
    throw new RangeError(`The end of job ${jobId} names another account or key than its beginning`);
  }
  if (!hasEnded(end.state)) throw new RangeError(`A job cannot end as ${end.state}`);
  if (end.cost < 0n || end.cost > job.hold) throw new RangeError(`Cost ${end.cost} is outside the hold ${job.hold}`);
  settle(draft, job, command);
  scoreAttempts(draft, end.attempts);
  const receiptIndex = receipt && draft.appendLeaf(receipt, jobId, receipt.payload.miner_id);
  draft.changeJob(job, receiptIndex === undefined ? end : changed(end, { receiptIndex }));
  return receiptIndex;
}

function settle(draft: Draft, job: JobHead, { end, payment }: EndJob): void {
  if (end.cost > 0n && !payment) throw new RangeError('A job that costs something needs somebody to pay');
  if (payment && payment.fee > end.cost)
    throw new RangeError(`A fee of ${payment.fee} is more than the cost ${end.cost}`);
  const from = draft.takeBackHold(job.id) ? 'available' : 'held';
  const client = { accountId: job.accountId, part: from } as const;
  if (payment) {
    const payee = { accountId: payment.payeeId, part: 'available' } as const;
    const common = { jobId: job.id, at: end.endedAt };
    draft.move({ kind: 'charge', debit: client, credit: payee, amount: end.cost, ...common });
    const fees = { accountId: payment.feesId, part: 'available' } as const;
    draft.move({ kind: 'fee', debit: payee, credit: fees, amount: payment.fee, ...common });
    count(draft, job.accountId, 'spent', end.cost);
    count(draft, payment.payeeId, 'earned', end.cost - payment.fee);
  }
  if (from === 'held') {
    const available = { accountId: job.accountId, part: 'available' } as const;
    const amount = job.hold - end.cost;
    draft.move({ kind: 'release', debit: client, credit: available, amount, jobId: job.id, at: end.endedAt });
  }
  spendOnKey(draft, job.keyId, end.cost - job.hold);
}

function openHead(draft: Draft, jobId: string): JobHead {
  const job = draft.getJob(jobId);
  if (hasEnded(job.state)) {
    throw new DomainError('JOB_ALREADY_ENDED', `The job has already ended: ${job.state}`, { jobId, state: job.state });
  }
  return job;
}

function count(draft: Draft, accountId: string, counter: 'earned' | 'spent', amount: bigint): void {
  if (amount === 0n) return;
  const account = draft.getAccount(accountId);
  draft.put(draft.accounts, accountId, { ...account, [counter]: account[counter] + amount });
}

/** Only a key with a limit is counted, so that others cost no write. */
function spendOnKey(draft: Draft, keyId: string | undefined, amount: bigint): void {
  const key = keyId === undefined ? undefined : draft.findKey(keyId);
  if (!key || key.spendLimit === undefined || amount === 0n) return;
  const spent = key.spent + amount;
  if (amount > 0n && spent > key.spendLimit) throw spendLimitExceeded(key, key.spendLimit, amount);
  draft.put(draft.keys, key.id, { ...key, spent });
}

function spendLimitExceeded(key: ApiKey, limit: bigint, amount: bigint): DomainError {
  const figures = { required: formatCredits(amount), remaining: formatCredits(limit - key.spent) };
  const message = `This key's spending limit leaves ${figures.remaining} credits, ${figures.required} needed`;
  return new DomainError('SPEND_LIMIT_EXCEEDED', message, figures);
}

/** A node answers for what it failed or dropped; being cancelled is no fault of it. */
function scoreAttempts(draft: Draft, attempts: readonly Attempt[]): void {
  for (const { nodeId, outcome } of attempts) {
    const completed = outcome === 'completed' ? 1 : 0;
    const failed = outcome === 'failed' || outcome === 'node_lost' || outcome === 'timed_out' ? 1 : 0;
    if (completed + failed === 0) continue;
    const score = draft.getScore(nodeId);
    draft.put(draft.scores, nodeId, {
      ...score,
      completed: score.completed + completed,
      failed: score.failed + failed,
    });
  }
}
