import { NANO_PER_TON } from '@plexus/protocol';
import { DomainError } from '../errors.ts';
import type { NewPayout } from './payout.ts';
import { type PayoutMessage, type PayoutPlan, type PayoutShare, unpaidShares } from './payout-plan.ts';

/** What became of a message. */
export interface MessageFate {
  readonly messageHash: string;
  readonly state: 'confirmed' | 'expired';
  readonly transactionHash?: string;
  readonly transactionAt?: Date;
  /** To whom it really sent. */
  readonly paid?: readonly number[];
  /** What a TON was worth then, in millionths of a dollar. */
  readonly usdMicroPerTon?: bigint;
}

/** A plan after one of its messages, and the payouts that this came to. @throws {DomainError} PLAN_MOVED_ON, INVALID_INPUT */
export function settled(
  plan: PayoutPlan,
  fate: MessageFate,
  now: Date,
): { plan: PayoutPlan; payouts: readonly NewPayout[] } {
  const message = plan.messages.find(
    ({ messageHash, state }) => messageHash === fate.messageHash && state === 'signed',
  );
  if (!message) throw movedOn(plan.id);
  const { transactionHash, transactionAt = now, paid = message.participantIds, usdMicroPerTon } = fate;
  requireWhole(fate, message);
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

/** What is wrong in it would free payments that were made to be made again. */
function requireWhole({ state, transactionHash, paid = [] }: MessageFate, { participantIds }: PayoutMessage): void {
  const fault = (field: string, what: string) => new DomainError('INVALID_INPUT', `${field} ${what}`, { field });
  if (state === 'confirmed' && transactionHash === undefined) {
    throw fault('transaction_hash', 'is missing: a confirmed message has one');
  }
  const stranger = paid.find((id) => !participantIds.includes(id));
  if (stranger !== undefined) throw fault('paid', `names participant ${stranger}, whom the message does not pay`);
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

export function movedOn(planId: string): DomainError {
  return new DomainError('PLAN_MOVED_ON', 'The plan is not at that point (any more): look at it again', { planId });
}
