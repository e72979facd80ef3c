import { DomainError } from '../errors.ts';
import type {
  AddParticipant,
  AddPayout,
  AddWorker,
  ChangeWorker,
  KeepPlan,
  KeepSeries,
  PlanBasis,
} from '../fleet/fleet-commands.ts';
import type { Payout, NewPayout } from '../fleet/payout.ts';
import type { PayoutMessage, PayoutPlan } from '../fleet/payout-plan.ts';
import { keepClaim, takeClaim } from './claim-rules.ts';
import type { Claim, Outcome } from './commands.ts';
import type { AnyDraft } from './draft.ts';

/** No participant has this number. */
const NOBODY = 0;

type Numbered = Pick<Outcome, 'fleetId' | 'replayed'>;

export function addParticipant(draft: AnyDraft, { participant, claim }: AddParticipant): Numbered {
  const earlier = takeClaim(draft, claim);
  if (earlier !== undefined) return { replayed: earlier };
  const { wallet, rawWallet } = participant;
  if (draft.findWallet(rawWallet) !== undefined) {
    throw new DomainError('WALLET_TAKEN', 'Wallet address already registered', { wallet });
  }
  const id = draft.nextNumber('participant');
  draft.put(draft.participants, String(id), { ...participant, id });
  return numbered(draft, claim, id);
}

export function addWorker(draft: AnyDraft, { worker, claim }: AddWorker): Numbered {
  const earlier = takeClaim(draft, claim);
  if (earlier !== undefined) return { replayed: earlier };
  // A node of the network itself works for nobody until the wallet of its owner takes part.
  if (worker.nodeId === undefined || worker.participantId !== NOBODY) requireParticipant(draft, worker.participantId);
  const known = worker.nodeId === undefined ? undefined : draft.findNodeWorker(worker.nodeId);
  if (known) {
    // What somebody has changed of it stays so; and it belongs to somebody once it does.
    const { createdAt, name, priceCoefficient, isActive } = known;
    const participantId = known.participantId === NOBODY ? worker.participantId : known.participantId;
    draft.put(draft.workers, String(known.id), {
      ...worker,
      id: known.id,
      createdAt,
      name,
      priceCoefficient,
      isActive,
      participantId,
    });
    return { fleetId: known.id };
  }
  const id = draft.nextNumber('worker');
  draft.put(draft.workers, String(id), { ...worker, id });
  return numbered(draft, claim, id);
}

export function changeWorker(draft: AnyDraft, { workerId, change, at }: ChangeWorker): void {
  const worker = draft.findWorker(workerId);
  if (!worker) throw new DomainError('WORKER_NOT_FOUND', 'Worker not found', { workerId });
  draft.put(draft.workers, String(workerId), { ...worker, ...change, updatedAt: at });
}

export function addPayout(draft: AnyDraft, { payout, claim }: AddPayout): Numbered {
  const earlier = takeClaim(draft, claim);
  return earlier === undefined ? numbered(draft, claim, insertPayout(draft, payout)) : { replayed: earlier };
}

export function keepSeries(draft: AnyDraft, { states, chunks, removed }: KeepSeries): void {
  for (const state of states) draft.put(draft.workerStates, state.workerId, state);
  for (const key of removed) draft.put(draft.removedChunks, chunkId(key), key);
  for (const chunk of chunks) draft.put(draft.chunks, chunkId(chunk), chunk);
}

function chunkId({ workerId, resolution, startAt }: { workerId: number; resolution: string; startAt: Date }): string {
  return `${workerId} ${resolution} ${startAt.getTime()}`;
}

/** A period is paid by one plan, and what a message has begun to pay is not taken out of it. */
export function keepPlan(draft: AnyDraft, { plan, payouts, basis }: KeepPlan): void {
  const before = draft.findPlan(plan.id);
  if (plan.revision !== (before?.revision ?? 0) + 1) throw movedOn(plan.id);
  if (before) requireSameMessages(before, plan);
  if (before && plan.state === 'cancelled') freePeriod(draft, before);
  draft.put(draft.plans, plan.id, before ? plan : begun(draft, plan, basis));
  for (const payout of payouts) insertPayout(draft, payout);
}

/** A new plan, which takes its period. */
function begun(draft: AnyDraft, plan: PayoutPlan, basis: PlanBasis | undefined): PayoutPlan {
  const plannedBefore = new Date(draft.findCounter('plan'));
  if (basis && !isStillSo(draft, basis)) throw movedOn(plan.id);
  if (plan.periodStart < plannedBefore) {
    const message = `The last plan ends at ${plannedBefore.toISOString()}: begin there or later, or cancel it first`;
    throw new DomainError('INVALID_INPUT', message, { field: 'period_start' });
  }
  draft.put(draft.fleetCounters, 'plan', plan.periodEnd.getTime());
  return { ...plan, plannedBefore };
}

/** Time in plans only grows, but for cancelling: the same end with the same last plan means that nothing happened. */
function isStillSo(draft: AnyDraft, { plannedUntilMs, lastPlanId }: PlanBasis): boolean {
  const last = lastPlanId === undefined ? undefined : draft.findPlan(lastPlanId);
  return draft.findCounter('plan') === plannedUntilMs && last?.state !== 'cancelled';
}

/** Only the last plan can be given up: one that follows took up what it left. */
function freePeriod(draft: AnyDraft, { id, periodStart, periodEnd, plannedBefore = periodStart }: PayoutPlan): void {
  if (draft.findCounter('plan') !== periodEnd.getTime()) {
    throw new DomainError('PLAN_MOVED_ON', 'A later plan follows on this one: cancel that first', { planId: id });
  }
  draft.put(draft.fleetCounters, 'plan', plannedBefore.getTime());
}

function requireSameMessages(before: PayoutPlan, plan: PayoutPlan): void {
  const isKept = (message: PayoutMessage, at: number): boolean => {
    const now = plan.messages[at];
    return now?.boc === message.boc && (message.state === 'signed' || now.state === message.state);
  };
  if (!before.messages.every(isKept)) throw movedOn(plan.id);
}

function movedOn(planId: string): DomainError {
  return new DomainError('PLAN_MOVED_ON', 'The plan was changed meanwhile: look at it again', { planId });
}

function insertPayout(draft: AnyDraft, payout: NewPayout): number {
  requireParticipant(draft, payout.participantId);
  const { transactionHash } = payout;
  if (draft.findPayoutHash(transactionHash) !== undefined) {
    throw new DomainError('TRANSACTION_RECORDED', 'Transaction already recorded', { transactionHash });
  }
  const id = draft.nextNumber('payout');
  const numbered: Payout = { ...payout, id };
  draft.put(draft.payouts, transactionHash, numbered);
  return id;
}

function requireParticipant(draft: AnyDraft, participantId: number): void {
  if (draft.findParticipant(participantId)) return;
  throw new DomainError('PARTICIPANT_NOT_FOUND', 'Participant not found', { participantId });
}

/** The number is what a repeated command is answered with. */
function numbered(draft: AnyDraft, claim: Claim | undefined, fleetId: number): Numbered {
  keepClaim(draft, claim, String(fleetId));
  return { fleetId };
}
