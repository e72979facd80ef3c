import { dayOf } from './tallies.ts';
import { DomainError } from '../errors.ts';
import { eventsOfEnd, eventsOfLease, eventsOfNewJob } from '../events/job-events.ts';
import { hasEnded, type JobHead, type NewJob } from '../jobs/job.ts';
import type { Purse } from '../ledger/transfer.ts';
import type { NodeScore } from '../nodes/node-record.ts';
import { idempotencyMismatch } from './claim-rules.ts';
import type { EndJob, LeaseJob, NoteProgress, OpenJob, Payment, RecordJob, ScoreChange } from './commands.ts';
import type { AnyDraft } from './draft.ts';
import { spendOnKey } from './key-limit.ts';

/** Takes the worst case out of the balance and writes the job, together. */
export function openJob(draft: AnyDraft, { job }: OpenJob<NewJob>): void {
  requireFreshClaim(draft, job);
  spendOnKey(draft, job.keyId, job.hold);
  draft.move({
    kind: 'hold',
    debit: { accountId: job.accountId, part: 'available' },
    credit: { accountId: job.accountId, part: 'held' },
    amount: job.hold,
    jobId: job.id,
    at: job.createdAt,
  });
  draft.insertJob(job);
  draft.tell(eventsOfNewJob(job, false));
}

/** Charges, pays and writes a job that was never written before; its hold rode in memory. */
export function recordJob(draft: AnyDraft, command: RecordJob<NewJob, unknown>): number | undefined {
  const { job, receipt } = command;
  requireFreshClaim(draft, job);
  if (!hasEnded(job.state)) throw new RangeError(`A job cannot be recorded as ${job.state}`);
  requirePaid(job.cost, job.hold, command.payments);
  const client = { accountId: job.accountId, part: 'available' } as const;
  draft.requireCovered(client, job.hold);
  pay(draft, client, { payments: command.payments, jobId: job.id, at: job.endedAt ?? job.createdAt });
  spendOnKey(draft, job.keyId, job.cost);
  addScores(draft, command.scores, job.endedAt ?? job.createdAt);
  const receiptIndex = receipt === undefined ? undefined : draft.appendLeaf(receipt);
  draft.insertJob(job, receiptIndex);
  draft.tell(eventsOfNewJob(job, receiptIndex !== undefined));
  return receiptIndex;
}

/** A lease is only ever replaced by one with a higher epoch, so that no two nodes hold the same. */
export function leaseJob(draft: AnyDraft, { jobId, lease }: LeaseJob): void {
  const job = openHead(draft, jobId);
  if (hasEnded(lease.state)) throw new RangeError(`A lease cannot end a job: ${lease.state}`);
  if (lease.epoch < job.epoch || (lease.epoch === job.epoch && lease.state === 'running')) {
    throw new DomainError('STALE_LEASE', 'The job has a newer lease', { jobId, epoch: job.epoch });
  }
  draft.changeJob(job, lease);
  draft.tell(eventsOfLease(job, lease));
}

export function noteProgress(draft: AnyDraft, { notes, at }: NoteProgress): void {
  for (const { jobId, percent: progressPercent } of notes) {
    const job = draft.findJob(jobId);
    if (job?.state !== 'running') continue;
    const { accountId, state, nodeId } = job;
    const update = { type: 'job_update', accountId, jobId, state, progressPercent, at } as const;
    draft.tell([nodeId === undefined ? update : { ...update, nodeId }]);
  }
}

/**
 * Charges, pays, releases and records in one step; a job ends once. A lease that the books do not know is one that the
 * disk refused: the job ends under it all the same, and nobody has had it.
 */
export function endJob(draft: AnyDraft, command: EndJob<unknown>): number | undefined {
  const { jobId, end, receipt, delivery } = command;
  const job = openHead(draft, jobId);
  if (end.epoch < job.epoch) {
    throw new DomainError('STALE_LEASE', 'The job has a newer lease', { jobId, epoch: job.epoch });
  }
  if (command.accountId !== job.accountId || command.keyId !== job.keyId) {
    throw new RangeError(`The end of job ${jobId} names another account or key than its beginning`);
  }
  if (!hasEnded(end.state)) throw new RangeError(`A job cannot end as ${end.state}`);
  requirePaid(end.cost, job.hold, command.payments);
  settle(draft, job, command);
  addScores(draft, command.scores, end.endedAt);
  const receiptIndex = receipt === undefined ? undefined : draft.appendLeaf(receipt);
  draft.changeJob(job, end, receiptIndex);
  const { id, accountId } = job;
  if (delivery) draft.put(draft.deliveries, delivery.id, delivery);
  draft.tell(eventsOfEnd({ id, accountId, nodeId: end.nodeId ?? job.nodeId }, end, receiptIndex !== undefined));
  return receiptIndex;
}

function requireFreshClaim(draft: AnyDraft, { accountId, idempotencyKey }: NewJob): void {
  if (idempotencyKey === undefined || draft.findJobClaim(accountId, idempotencyKey) === undefined) return;
  throw idempotencyMismatch(idempotencyKey);
}

/** What is paid is what it cost, and no more than was held. */
function requirePaid(cost: bigint, hold: bigint, payments: readonly Payment[]): void {
  if (cost < 0n || cost > hold) throw new RangeError(`Cost ${cost} is outside the hold ${hold}`);
  let paid = 0n;
  for (const { amount, fee } of payments) {
    if (fee > amount) throw new RangeError(`A fee of ${fee} is more than the payment ${amount}`);
    paid += amount;
  }
  if (paid !== cost) throw new RangeError(`Payments of ${paid} are not the cost ${cost}`);
}

interface Pay {
  readonly payments: readonly Payment[];
  readonly jobId: string;
  readonly at: Date;
}

/** The client is charged once, whoever did parts of the work: the first payee shares with the others. */
function pay(draft: AnyDraft, client: Purse, { payments, jobId, at }: Pay): void {
  const [first, ...others] = payments;
  if (!first) return;
  const total = others.reduce((sum, { amount }) => sum + amount, first.amount);
  const common = { jobId, at };
  draft.move({ kind: 'charge', debit: client, credit: purseOf(first.payeeId), amount: total, ...common });
  count(draft, client.accountId, 'spent', total);
  for (const { payeeId, amount } of others) {
    draft.move({ kind: 'share', debit: purseOf(first.payeeId), credit: purseOf(payeeId), amount, ...common });
  }
  for (const { payeeId, amount, fee, feesId } of payments) {
    draft.move({ kind: 'fee', debit: purseOf(payeeId), credit: purseOf(feesId), amount: fee, ...common });
    count(draft, payeeId, 'earned', amount - fee);
  }
}

function purseOf(accountId: string): Purse {
  return { accountId, part: 'available' };
}

function settle(draft: AnyDraft, job: JobHead, { end, payments }: EndJob<unknown>): void {
  const held = { accountId: job.accountId, part: 'held' } as const;
  pay(draft, held, { payments, jobId: job.id, at: end.endedAt });
  const credit = { accountId: job.accountId, part: 'available' } as const;
  const amount = job.hold - end.cost;
  draft.move({ kind: 'release', debit: held, credit, amount, jobId: job.id, at: end.endedAt });
  spendOnKey(draft, job.keyId, end.cost - job.hold);
}

function openHead(draft: AnyDraft, jobId: string): JobHead {
  const job = draft.getJob(jobId);
  if (hasEnded(job.state)) {
    throw new DomainError('JOB_ALREADY_ENDED', `The job has already ended: ${job.state}`, { jobId, state: job.state });
  }
  return job;
}

function count(draft: AnyDraft, accountId: string, counter: 'earned' | 'spent', amount: bigint): void {
  if (amount === 0n) return;
  const account = draft.getAccount(accountId);
  draft.put(draft.accounts, accountId, { ...account, [counter]: account[counter] + amount });
}

/** A score with one more change in it. */
export function addedTo(score: NodeScore, change: ScoreChange, at: Date): NodeScore {
  const { completed, failed, earned, busyMs } = change;
  const day = dayOf(at);
  const isNewDay = earned > 0n && day > score.rewardDay;
  return {
    ...score,
    completed: score.completed + completed,
    failed: score.failed + failed,
    earned: score.earned + earned,
    busyMs: score.busyMs + busyMs,
    rewardDay: isNewDay ? day : score.rewardDay,
    earnedThatDay: isNewDay ? earned : score.earnedThatDay + earned,
  };
}

function addScores(draft: AnyDraft, scores: readonly ScoreChange[], at: Date): void {
  for (const change of scores) {
    draft.put(draft.scores, change.nodeId, addedTo(draft.getScore(change.nodeId), change, at));
  }
}
