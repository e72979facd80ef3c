import type { Account } from '../accounts/account.ts';
import { changed } from '../changed.ts';
import type { Books } from '../books/books.ts';
import type { EndJob, Outcome, Payment } from '../books/commands.ts';
import type { EventBus } from '../events/events.ts';
import type { CreditView } from '../ledger/credit-view.ts';
import type { LiveNode } from '../nodes/live-node.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import type { StoredReceipt } from '../receipts/stored-receipt.ts';
import type { Attempt, Job, JobEnd } from './job.ts';
import { createJobCommits } from './job-commits.ts';
import { type LiveJob, stopTimers, type Timers } from './live-job.ts';

const BASIS_POINTS = 10_000n;

export interface SettlementDeps {
  readonly books: Books;
  readonly credits: CreditView;
  readonly registry: NodeRegistry;
  readonly events: EventBus;
  readonly timers: Timers;
  readonly clock: () => Date;
  readonly feesId: string;
  /** The operator's share of a cost, in hundredths of a percent. */
  readonly feeBasisPoints: number;
}

/** How a job ends: the fields that differ from end to end. */
export type Ending = Pick<JobEnd, 'state' | 'reason' | 'attempts'> &
  Partial<Pick<JobEnd, 'units' | 'result' | 'error' | 'processingMs'>>;

/** Who is paid for a completed job, and what for. */
interface Paid {
  readonly node: LiveNode;
  readonly cost: bigint;
  readonly receipt: StoredReceipt;
}

/** Where a job meets the books: its hold at the beginning, its settlement at the end. */
export interface Settlement {
  /** Writes hold and job; does nothing when that has been done. */
  open(live: LiveJob): Promise<void>;
  /** Writes a new lease, or the return to the queue. */
  lease(live: LiveJob): Promise<void>;
  /** Ends the job; its promise resolves once that is on disk. */
  end(live: LiveJob, ending: Ending, paid?: Paid): Promise<void>;
}

export function createSettlement(deps: SettlementDeps): Settlement {
  const { books, credits } = deps;
  const commits = createJobCommits(deps);

  return {
    async open(live) {
      if (live.opening) return await live.opening;
      const outcome = await commits.open(live, []);
      credits.update(outcome.accounts);
    },

    async lease(live) {
      const { id, state, epoch, attempts, decisions, nodeId, startedAt } = live.job;
      const place = { ...(nodeId !== undefined && { nodeId }), ...(startedAt && { startedAt }) };
      await books.commit({ type: 'leaseJob', jobId: id, lease: { state, epoch, attempts, decisions, ...place } });
    },

    async end(live, ending, paid) {
      if (live.ending) return;
      live.ending = true;
      stopTimers(live);
      const command = endCommand(live.job, changed(ending, placeOf(live.job, paid, deps)), paid, deps);
      try {
        const outcome = await commits.end(live, command);
        afterEnd(live, command, outcome, deps);
      } catch (error) {
        live.reject(error);
      }
    },
  };
}

/** What an end says of the job besides how it ended. */
function placeOf({ nodeId, startedAt, epoch, decisions }: Job, paid: Paid | undefined, { clock }: SettlementDeps) {
  return {
    cost: paid?.cost ?? 0n,
    epoch,
    decisions,
    endedAt: clock(),
    ...(nodeId !== undefined && { nodeId }),
    ...(startedAt && { startedAt }),
  };
}

function endCommand(job: Job, end: JobEnd, paid: Paid | undefined, deps: SettlementDeps): EndJob {
  return {
    type: 'endJob',
    jobId: job.id,
    accountId: job.accountId,
    end,
    ...(job.keyId !== undefined && { keyId: job.keyId }),
    ...(paid && { payment: paymentOf(paid, deps), receipt: paid.receipt }),
  };
}

function paymentOf({ node, cost }: Paid, { feesId, feeBasisPoints }: SettlementDeps): Payment {
  const fee = (cost * BigInt(feeBasisPoints)) / BASIS_POINTS;
  return { nodeId: node.record.id, payeeId: node.record.accountId, fee, feesId };
}

/** Everybody is told after the books have it, never before. */
function afterEnd(live: LiveJob, command: EndJob, outcome: Outcome, deps: SettlementDeps): void {
  const { credits, events, registry } = deps;
  const { payment, end } = command;
  credits.update(outcome.accounts);
  const { receiptIndex } = outcome;
  live.job = changed(live.job, receiptIndex === undefined ? end : changed(end, { receiptIndex }));
  for (const attempt of end.attempts) noteAttempt(registry, attempt);
  if (payment) tellPayee(registry, payment, end.cost, outcome.accounts);
  live.resolve(live.job);
  events.emit({ type: 'job_ended', job: live.job });
}

function tellPayee(registry: NodeRegistry, payment: Payment, cost: bigint, accounts: readonly Account[]): void {
  const payee = accounts.find((account) => account.id === payment.payeeId);
  if (payee) registry.find(payment.nodeId)?.session.credit(payee.available, cost - payment.fee, 'reward');
}

/** Keeps the counts of connected nodes as the books count them. */
function noteAttempt(registry: NodeRegistry, { nodeId, outcome }: Attempt): void {
  const node = registry.find(nodeId);
  if (!node || outcome === undefined || outcome === 'cancelled' || outcome === 'refused') return;
  const { completed, failed } = node.score;
  const isDone = outcome === 'completed';
  registry.updateScore({ ...node.score, completed: completed + (isDone ? 1 : 0), failed: failed + (isDone ? 0 : 1) });
}
