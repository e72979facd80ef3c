import { serviceFor } from '@plexus/protocol';
import type { Account } from '../accounts/account.ts';
import type { Books } from '../books/books.ts';
import type { EndJob, Outcome, Payment, ScoreChange } from '../books/commands.ts';
import { addedTo } from '../books/job-rules.ts';
import type { EventBus } from '../events/events.ts';
import { basisPointsOf } from '../ledger/basis-points.ts';
import type { CreditView } from '../ledger/credit-view.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import type { StoredReceipt } from '../receipts/stored-receipt.ts';
import type { DeliveryReceipt } from '../receipts/delivery-receipt.ts';
import { deliveryOf } from '../webhooks/delivery.ts';
import type { Job, JobEnd } from './job.ts';
import type { JobStream } from './job-stream.ts';
import { createJobCommits } from './job-commits.ts';
import { type LiveJob, stopTimers, type Timers } from './live-job.ts';
import { scoresOf, type Share } from './score-changes.ts';

export interface SettlementDeps {
  readonly books: Books;
  readonly credits: CreditView;
  readonly registry: NodeRegistry;
  readonly events: EventBus;
  readonly timers: Timers;
  readonly clock: () => Date;
  readonly feesId: string;
  /** Signs for what was delivered of a stream that no node finished. */
  readonly attestDelivery: DeliveryReceipt;
  /** The operator's share of a cost, in hundredths of a percent. */
  readonly feeBasisPoints: number;
}

/** How a job ends: the fields that differ from end to end. */
export type Ending = Pick<JobEnd, 'state' | 'reason' | 'attempts'> &
  Partial<Pick<JobEnd, 'units' | 'result' | 'error' | 'processingMs' | 'facts'>>;

/** What was done for a job, by whom, and the receipt for it. */
interface Paid {
  readonly shares: readonly Share[];
  readonly receipt: StoredReceipt;
}

/** Where a job meets the books: its hold at the beginning, its settlement at the end. */
export interface Settlement {
  /** Writes hold and job; does nothing when that has been done. */
  open(live: LiveJob): Promise<void>;
  /** Writes a new lease. */
  lease(live: LiveJob): Promise<void>;
  /** Ends the job; its promise resolves once that is on disk. */
  end(live: LiveJob, ending: Ending, paid?: Paid): Promise<void>;
}

export function createSettlement(deps: SettlementDeps): Settlement {
  const { credits } = deps;
  const commits = createJobCommits(deps);

  return {
    async open(live) {
      if (live.opening) return await live.opening;
      const outcome = await commits.open(live);
      credits.update(outcome.accounts);
    },

    lease: (live) => commits.lease(live),

    async end(live, how, finished) {
      if (live.ending) return;
      live.ending = true;
      stopTimers(live);
      if (live.agreeing) await live.agreeing.catch(() => undefined);
      try {
        const [ending, paid] = finished || !live.stream ? [how, finished] : delivered(live, live.stream, how, deps);
        live.stream?.end();
        const command = endCommand(live.job, endOf(live.job, ending, paid, deps), paid, deps);
        const outcome = await commits.end(live, command);
        afterEnd(live, command, outcome, deps);
      } catch (error) {
        live.reject(error);
      }
    },
  };
}

/** Ends a stream that no node finished: what its reader took is paid for, on the coordinator's own word. */
function delivered(live: LiveJob, stream: JobStream, ending: Ending, deps: SettlementDeps): [Ending, Paid | undefined] {
  stream.abandon();
  const units = owedFor(live, ending) ? stream.units : 0;
  if (units === 0) return [stream.hasPieces ? { ...ending, result: stream.text } : ending, undefined];
  const receipt = deps.attestDelivery(live.job, stream);
  const facts = receipt.payload.metadata;
  return [
    { ...ending, units, facts, result: stream.text },
    { shares: sharesOf(live), receipt },
  ];
}

/** Half an answer to a request is none, and nothing is owed for it unless its client left; tokens are owed one by one. */
function owedFor({ job }: LiveJob, { state }: Ending): boolean {
  return state === 'cancelled' || serviceFor(job.service).unitType !== 'request';
}

/** What each node that worked on a stream earns. */
export function sharesOf({ job, stream }: LiveJob): readonly Share[] {
  return (stream?.segments ?? []).map(({ node, units }) => ({ node, amount: BigInt(units) * job.unitPrice }));
}

/** How a job ended, with what its end says of it besides. */
function endOf(job: Job, ending: Ending, paid: Paid | undefined, { clock }: SettlementDeps): JobEnd {
  const { nodeId, startedAt, epoch, decisions } = job;
  const { state, reason, attempts, units, result, error, facts, processingMs } = ending;
  return {
    state,
    reason,
    cost: costOf(paid),
    units,
    result,
    error,
    facts,
    nodeId,
    epoch,
    attempts,
    decisions,
    startedAt,
    endedAt: clock(),
    processingMs,
  };
}

function costOf(paid: Paid | undefined): bigint {
  let cost = 0n;
  for (const { amount } of paid?.shares ?? []) cost += amount;
  return cost;
}

function endCommand(job: Job, end: JobEnd, paid: Paid | undefined, deps: SettlementDeps): EndJob {
  const { shares = [], receipt } = paid ?? {};
  const payments = joined(shares).map((share) => paymentOf(share, deps));
  const delivery = deliveryOf(job, end.endedAt);
  return {
    type: 'endJob',
    jobId: job.id,
    accountId: job.accountId,
    end,
    payments,
    scores: scoresOf(end.attempts, shares, payments),
    ...(job.keyId !== undefined && { keyId: job.keyId }),
    ...(receipt && { receipt }),
    ...(delivery && { delivery }),
  };
}

/** Shares of one account as one, so that nobody shares with himself. */
function joined(shares: readonly Share[]): readonly Share[] {
  if (shares.length < 2) return shares;
  const byAccount = new Map<string, Share>();
  for (const { node, amount } of shares) {
    const earlier = byAccount.get(node.accountId);
    byAccount.set(node.accountId, { node: earlier?.node ?? node, amount: amount + (earlier?.amount ?? 0n) });
  }
  return [...byAccount.values()];
}

function paymentOf({ node, amount }: Share, { feesId, feeBasisPoints }: SettlementDeps): Payment {
  const fee = basisPointsOf(amount, feeBasisPoints);
  return { nodeId: node.id, payeeId: node.accountId, amount, fee, feesId };
}

/** Everybody is told after the books have it, never before. */
function afterEnd(live: LiveJob, command: EndJob, outcome: Outcome, deps: SettlementDeps): void {
  const { credits, events, registry } = deps;
  const { payments, scores, end } = command;
  credits.update(outcome.accounts);
  live.job = { ...live.job, ...end, receiptIndex: outcome.receiptIndex };
  for (const score of scores) noteScore(registry, score, end.endedAt);
  tellPayer(registry, live.job, outcome.accounts);
  for (const payment of payments) tellPayee(registry, payment, outcome.accounts);
  live.resolve(live.job);
  events.emit({ type: 'job_ended', job: live.job });
}

/** A client may have nodes too, which spend what they earn. */
function tellPayer(registry: NodeRegistry, { accountId, cost }: Job, accounts: readonly Account[]): void {
  if (cost === 0n) return;
  const payer = accounts.find((account) => account.id === accountId);
  if (!payer) return;
  for (const { session } of registry.ofAccount(accountId)) session.credit(payer.available, -cost, 'charge');
}

function tellPayee(registry: NodeRegistry, payment: Payment, accounts: readonly Account[]): void {
  const payee = accounts.find((account) => account.id === payment.payeeId);
  if (payee) registry.find(payment.nodeId)?.session.credit(payee.available, payment.amount - payment.fee, 'reward');
}

/** Keeps the counts of connected nodes as the books count them. */
function noteScore(registry: NodeRegistry, change: ScoreChange, at: Date): void {
  const score = registry.find(change.nodeId)?.score;
  if (score) registry.updateScore(addedTo(score, change, at));
}
