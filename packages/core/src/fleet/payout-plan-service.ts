import { type Caller, requireOperator } from '../accounts/caller.ts';
import type { Books, OffsetPage } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import type { PlanBasis } from './fleet-commands.ts';
import type { LiveWorkers } from './fleet-deps.ts';
import type { NewPayout } from './payout.ts';
import {
  type Carried,
  type Division,
  type PayoutMessage,
  type PayoutPlan,
  type PayoutRules,
  unpaidShares,
} from './payout-plan.ts';
import { type MessageFate, movedOn, settled } from './payout-settle.ts';
import { divisionOf, type ShareDeps } from './payout-shares.ts';

interface PlanRequest {
  readonly periodStart: Date;
  readonly periodEnd: Date;
  readonly rules: PayoutRules;
}

/** Plans of payouts. All of it needs an operator; nothing here sends anything. */
export interface PayoutPlanService {
  /** Takes up what the plan before left. @throws {DomainError} FORBIDDEN, INVALID_INPUT, PLAN_MOVED_ON */
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
  readonly live: ShareDeps['live'] & Pick<LiveWorkers, 'keep'>;
  readonly newId: () => string;
}

const HOUR_MS = 3_600_000;
const PAGE = 50;

export function createPayoutPlanService(deps: PayoutPlanDeps): PayoutPlanService {
  const { books, clock, live, newId } = deps;

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
      // What is paid must be in the books: after a crash the workers' next answers would bring it once more.
      await live.keep();
      const { basis, carried } = await lastPlan(books);
      const division = await divisionOf(deps, request, carried);
      const plan = newPlan(request, division, { id: newId(), createdAt: clock() });
      await books.commit({ type: 'keepPlan', plan, payouts: [], basis });
      return plan;
    },

    async list(caller, page) {
      requireOperator(caller);
      return await books.read.listPlans(page);
    },

    cancel: (caller, id, revision) =>
      change(caller, { id, revision }, (plan) => {
        if (plan.state === 'cancelled' || plan.messages.length > 0) throw movedOn(id);
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

/** The end is read first: what is planned in between is then seen as a change. */
async function lastPlan({
  read,
}: Pick<Books, 'read'>): Promise<{ readonly basis: PlanBasis; readonly carried: readonly Carried[] }> {
  const plannedUntilMs = await read.plannedUntilMs();
  for (let offset = 0; ; offset += PAGE) {
    const plans = await read.listPlans({ limit: PAGE, offset });
    const [last] = plans
      .filter(({ state }) => state !== 'cancelled')
      .toSorted((a, b) => b.periodEnd.getTime() - a.periodEnd.getTime());
    if (last) return { basis: { plannedUntilMs, lastPlanId: last.id }, carried: last.carried };
    if (plans.length < PAGE) return { basis: { plannedUntilMs }, carried: [] };
  }
}

/** Where nobody is owed anything, it is done already. */
function newPlan(request: PlanRequest, division: Division, made: Pick<PayoutPlan, 'id' | 'createdAt'>): PayoutPlan {
  const state = division.shares.length === 0 ? 'done' : 'planned';
  return { ...request, ...made, ...division, revision: 1, messages: [], state };
}

/** Series are kept by the hour in the end: only between whole hours is what was earned the same then as now. */
function requirePeriod(start: Date, end: Date, now: Date): void {
  const isWhole = (date: Date) => date.getTime() % HOUR_MS === 0;
  const fault = (message: string, field: string) => new DomainError('INVALID_INPUT', message, { field });
  if (!isWhole(start)) throw fault('period_start is not on a whole hour', 'period_start');
  if (!isWhole(end)) throw fault('period_end is not on a whole hour', 'period_end');
  if (end <= start) throw fault('period_end is not after period_start', 'period_end');
  if (end > now) throw fault(`period_end is not over yet: it is ${now.toISOString()}`, 'period_end');
}

/** Of several messages one is under way at a time, and nobody is in two. */
function requireUnpaid(plan: PayoutPlan, participantIds: readonly number[]): void {
  const unpaid = new Set(unpaidShares(plan).map(({ participantId }) => participantId));
  const isOpen = plan.state === 'planned' || plan.state === 'sending';
  const isFree = plan.messages.every(({ state }) => state !== 'signed');
  const areOnce = new Set(participantIds).size === participantIds.length;
  if (!isOpen || !isFree || !areOnce || !participantIds.every((id) => unpaid.has(id))) throw movedOn(plan.id);
}
