import { NANO_PER_TON } from '@plexus/protocol';
import { type Caller, requireOperator } from '../accounts/caller.ts';
import type { Books, OffsetPage } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import type { NewPayout } from './payout.ts';
import {
  type PayoutMessage,
  type PayoutPlan,
  type PayoutRules,
  type PayoutShare,
  unpaidShares,
} from './payout-plan.ts';
import { type ShareDeps, sharesOf } from './payout-shares.ts';

interface PlanRequest {
  readonly periodStart: Date;
  readonly periodEnd: Date;
  readonly rules: PayoutRules;
}

/** What became of a message. */
interface MessageFate {
  readonly messageHash: string;
  readonly state: 'confirmed' | 'expired';
  readonly transactionHash?: string;
  readonly transactionAt?: Date;
  /** To whom it really sent. */
  readonly paid?: readonly number[];
  /** What a TON was worth then, in millionths of a dollar. */
  readonly usdMicroPerTon?: bigint;
}

/** Plans of payouts. All of it needs an operator; nothing here sends anything. */
export interface PayoutPlanService {
  /** @throws {DomainError} FORBIDDEN, INVALID_INPUT */
  plan(caller: Caller, request: PlanRequest): Promise<PayoutPlan>;
  /** @throws {DomainError} FORBIDDEN, PLAN_NOT_FOUND */
  get(caller: Caller, id: string): Promise<PayoutPlan>;
  list(caller: Caller, page: OffsetPage): Promise<readonly PayoutPlan[]>;
  /** @throws {DomainError} FORBIDDEN, PLAN_NOT_FOUND, PLAN_MOVED_ON */
  cancel(caller: Caller, id: string, revision: number): Promise<PayoutPlan>;
  /** Writes a signed message down. @throws {DomainError} FORBIDDEN, PLAN_NOT_FOUND, PLAN_MOVED_ON */
  sign(caller: Caller, id: string, revision: number, message: Omit<PayoutMessage, 'state'>): Promise<PayoutPlan>;
  /** Writes down what became of it, and the payouts. @throws {DomainError} FORBIDDEN, PLAN_NOT_FOUND, PLAN_MOVED_ON */
  settle(caller: Caller, id: string, revision: number, fate: MessageFate): Promise<PayoutPlan>;
}

export interface PayoutPlanDeps extends ShareDeps {
  readonly books: Books;
  readonly newId: () => string;
}

const HOUR_MS = 3_600_000;

export function createPayoutPlanService(deps: PayoutPlanDeps): PayoutPlanService {
  const { books, clock, newId } = deps;

  async function get(caller: Caller, id: string): Promise<PayoutPlan> {
    requireOperator(caller);
    const plan = await books.read.findPlan(id);
    if (plan) return plan;
    throw new DomainError('PLAN_NOT_FOUND', 'Plan does not exist', { planId: id });
  }

  async function change(
    caller: Caller,
    { id, revision }: { readonly id: string; readonly revision: number },
    next: (plan: PayoutPlan) => { plan: PayoutPlan; payouts?: readonly NewPayout[] },
  ): Promise<PayoutPlan> {
    const before = await get(caller, id);
    if (before.revision !== revision) throw movedOn(id);
    const { plan, payouts = [] } = next({ ...before, revision: revision + 1 });
    await books.commit({ type: 'keepPlan', plan, payouts });
    return plan;
  }

  return {
    get,

    async plan(caller, request) {
      requireOperator(caller);
      requirePeriod(request.periodStart, request.periodEnd, clock());
      const shares = await sharesOf(deps, request);
      const plan = newPlan(request, shares, { id: newId(), createdAt: clock() });
      await books.commit({ type: 'keepPlan', plan, payouts: [] });
      return plan;
    },

    async list(caller, page) {
      requireOperator(caller);
      return await books.read.listPlans(page);
    },

    cancel: (caller, id, revision) =>
      change(caller, { id, revision }, (plan) => {
        if (plan.state !== 'planned') throw movedOn(id);
        return { plan: { ...plan, state: 'cancelled' } };
      }),

    sign: (caller, id, revision, message) =>
      change(caller, { id, revision }, (plan) => {
        requireUnpaid(plan, message.participantIds);
        return { plan: { ...plan, state: 'sending', messages: [...plan.messages, { ...message, state: 'signed' }] } };
      }),

    settle: (caller, id, revision, fate) => change(caller, { id, revision }, (plan) => settled(plan, fate, clock())),
  };
}

/** Where nobody is owed anything, it is done already. */
function newPlan(
  request: PlanRequest,
  shares: readonly PayoutShare[],
  made: Pick<PayoutPlan, 'id' | 'createdAt'>,
): PayoutPlan {
  return { ...request, ...made, revision: 1, messages: [], shares, state: shares.length === 0 ? 'done' : 'planned' };
}

/** Series are kept by the hour in the end: only between whole hours is what was earned the same then as now. */
function requirePeriod(start: Date, end: Date, now: Date): void {
  const isWhole = (date: Date) => date.getTime() % HOUR_MS === 0;
  const fault = (message: string, field: string) => new DomainError('INVALID_INPUT', message, { field });
  if (!isWhole(start)) throw fault('not on a whole hour', 'period_start');
  if (!isWhole(end)) throw fault('not on a whole hour', 'period_end');
  if (end <= start) throw fault('not after its start', 'period_end');
  if (end > now) throw fault('not over yet', 'period_end');
}

/** Of several messages one is under way at a time, and nobody is in two. */
function requireUnpaid(plan: PayoutPlan, participantIds: readonly number[]): void {
  const unpaid = new Set(unpaidShares(plan).map(({ participantId }) => participantId));
  const isOpen = plan.state === 'planned' || plan.state === 'sending';
  const isFree = plan.messages.every(({ state }) => state !== 'signed');
  const areOnce = new Set(participantIds).size === participantIds.length;
  if (!isOpen || !isFree || !areOnce || !participantIds.every((id) => unpaid.has(id))) throw movedOn(plan.id);
}

function settled(plan: PayoutPlan, fate: MessageFate, now: Date): { plan: PayoutPlan; payouts: readonly NewPayout[] } {
  const message = plan.messages.find(
    ({ messageHash, state }) => messageHash === fate.messageHash && state === 'signed',
  );
  if (!message) throw movedOn(plan.id);
  const { transactionHash, transactionAt = now, paid = message.participantIds, usdMicroPerTon } = fate;
  const isPaid = fate.state === 'confirmed' && transactionHash !== undefined;
  const participantIds = isPaid ? message.participantIds.filter((id) => paid.includes(id)) : message.participantIds;
  const changed: PayoutMessage = {
    ...message,
    state: isPaid ? 'confirmed' : 'expired',
    participantIds,
    ...(isPaid && { transactionHash, transactionAt }),
  };
  const messages = plan.messages.map((one) => (one === message ? changed : one));
  const next = { ...plan, messages };
  const payouts = isPaid
    ? plan.shares
        .filter(({ participantId }) => participantIds.includes(participantId))
        .map((share) => payoutOf(share, { plan, message, transactionHash, transactionAt, usdMicroPerTon, now }))
    : [];
  return { plan: { ...next, state: unpaidShares(next).length === 0 ? 'done' : 'sending' }, payouts };
}

interface Paid {
  readonly plan: PayoutPlan;
  readonly message: PayoutMessage;
  readonly transactionHash: string;
  readonly transactionAt: Date;
  readonly usdMicroPerTon: bigint | undefined;
  readonly now: Date;
}

/** One transaction pays many: each has its own payout, told apart by whom it went to. */
function payoutOf({ participantId, wallet, amount, requests }: PayoutShare, paid: Paid): NewPayout {
  const { plan, message, transactionHash, transactionAt, usdMicroPerTon, now } = paid;
  return {
    participantId,
    transactionHash: `${transactionHash}#${participantId}`,
    amount,
    ...(usdMicroPerTon !== undefined && { usdMicro: (amount * usdMicroPerTon) / NANO_PER_TON }),
    fromAddress: message.from,
    toAddress: wallet,
    isUnverified: false,
    transactionAt,
    isConfirmed: true,
    confirmations: 1,
    periodStart: plan.periodStart,
    periodEnd: plan.periodEnd,
    totalRequests: requests,
    createdAt: now,
  };
}

function movedOn(planId: string): DomainError {
  return new DomainError('PLAN_MOVED_ON', 'The plan is not at that point (any more): look at it again', { planId });
}
