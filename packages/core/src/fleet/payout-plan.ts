import { basisPointsOf } from '../ledger/basis-points.ts';

/** `planned`, then `sending` once a message is signed, then `done` or, before anything was sent, `cancelled`. */
type PlanState = 'planned' | 'sending' | 'done' | 'cancelled';

/** Whom to pay how much for a period, and how far that is. Amounts are nanoTON. */
export interface PayoutPlan {
  readonly id: string;
  /** Grows with every change, so that two who change it at once do not both. */
  readonly revision: number;
  readonly state: PlanState;
  readonly periodStart: Date;
  readonly periodEnd: Date;
  readonly rules: PayoutRules;
  readonly shares: readonly PayoutShare[];
  /** Too little to be sent: the next plan owes it on top. */
  readonly carried: readonly Carried[];
  readonly messages: readonly PayoutMessage[];
  readonly createdAt: Date;
  /** Until when time was in plans before it, and is again when it is given up; the books fill it in. */
  readonly plannedBefore?: Date;
}

/** How revenue becomes pay. */
export interface PayoutRules {
  /** Hundredths of a percent of the revenue that the participant gets. */
  readonly shareBasisPoints: number;
  /** What is less is not sent now. */
  readonly minimum: bigint;
}

/** What one participant is owed. */
export interface PayoutShare {
  readonly participantId: number;
  /** As the participant gave it. */
  readonly wallet: string;
  readonly revenue: bigint;
  /** What the plan before left, which is in the amount. */
  readonly carried: bigint;
  readonly amount: bigint;
  readonly requests: number;
}

/** What a participant is owed and is not sent yet; nanoTON. */
export interface Carried {
  readonly participantId: number;
  readonly amount: bigint;
}

/** How what is owed is divided: what is sent, and what waits for the next plan. */
export type Division = Pick<PayoutPlan, 'shares' | 'carried'>;

/** Divides what participants are owed by the least that is worth sending; nothing of it is dropped. */
export function divide(owed: readonly PayoutShare[], { minimum }: Pick<PayoutRules, 'minimum'>): Division {
  const isSent = ({ amount }: PayoutShare): boolean => amount > 0n && amount >= minimum;
  const rest = owed.filter((share) => !isSent(share) && share.amount > 0n);
  return {
    shares: owed.filter(isSent),
    carried: rest.map(({ participantId, amount }) => ({ participantId, amount })),
  };
}

/**
 * A signed message that pays some shares. It is written before it is sent: a wallet takes one message for each sequence
 * number, and none after its time, so the same bytes can be sent again and others only when that is over.
 */
export interface PayoutMessage {
  /** `signed` until the chain has it (`confirmed`) or can take it no more (`expired`). */
  readonly state: 'signed' | 'confirmed' | 'expired';
  readonly participantIds: readonly number[];
  /** The paying wallet. */
  readonly from: string;
  readonly seqno: number;
  /** After this instant of the chain's clock no validator takes it. */
  readonly validUntil: Date;
  /** The external message, in base64. */
  readonly boc: string;
  /** Hash of the external message in its normal form, in hex: what the chain finds the transaction by. */
  readonly messageHash: string;
  readonly transactionHash?: string;
  readonly transactionAt?: Date;
}

/** What a participant gets of a revenue; fractions of a nanoTON are left. */
export function shareOf(revenue: bigint, { shareBasisPoints }: Pick<PayoutRules, 'shareBasisPoints'>): bigint {
  return basisPointsOf(revenue, shareBasisPoints);
}

/** Participants whom no message pays that is confirmed or may yet be. */
export function unpaidShares({ shares, messages }: PayoutPlan): readonly PayoutShare[] {
  const isUnderWay = ({ state }: PayoutMessage) => state !== 'expired';
  const taken = new Set(messages.filter(isUnderWay).flatMap(({ participantIds }) => participantIds));
  return shares.filter(({ participantId }) => !taken.has(participantId));
}
