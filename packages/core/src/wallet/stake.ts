import { MICRO_PER_CREDIT } from '@plexus/protocol';

const DAY_MS = 86_400_000;
/** Source: seed 003, "POST /wallet/unstake". */
export const COOLDOWN_DAYS = 7;
/** For so many credits over so many days it is 1.5. Source: seed 003, "POST /wallet/stake". */
const REFERENCE_CREDITS = 10_000n;
const REFERENCE_DAYS = 30n;
/** Two places of a multiplier. */
const HUNDREDTHS = 100;
const TOP_HUNDREDTHS = 200;
/** In millionth credits for a day; of so many parts the root is the hundredths above 1. */
const PART = (4n * REFERENCE_CREDITS * MICRO_PER_CREDIT * REFERENCE_DAYS) / BigInt(HUNDREDTHS ** 2);

/** What an account has staked, all of it until one day. */
export interface Stake {
  readonly accountId: string;
  /** Micro-credits; zero when all of it was taken out. */
  readonly amount: bigint;
  readonly durationDays: number;
  readonly startedAt: Date;
  readonly unlockAt: Date;
}

/** Credits on their way out of a stake. */
export interface Cooldown {
  readonly id: string;
  readonly accountId: string;
  /** Micro-credits. */
  readonly amount: bigint;
  readonly startedAt: Date;
  readonly readyAt: Date;
  /** When they became available. */
  readonly maturedAt?: Date;
}

/**
 * What a stake multiplies rewards by: `min(2, 1 + ½·√(credits/10,000 · days/30))`, rounded down to two places.
 *
 * @param amount micro-credits
 */
export function stakeMultiplier(amount: bigint, days: number): number {
  // In whole numbers: a product of fractions may end just below the hundredth that it is.
  const above = Math.floor(Math.sqrt(Number((amount * BigInt(days)) / PART)));
  return Math.min(TOP_HUNDREDTHS, HUNDREDTHS + above) / HUNDREDTHS;
}

/** A stake with more in it: the whole of it begins anew, and is never free sooner than it was to be. */
export function addToStake(
  stake: Stake | undefined,
  { accountId, amount, durationDays, at }: { accountId: string; amount: bigint; durationDays: number; at: Date },
): Stake {
  const startedAt = dayOf(at);
  const before = stake && stake.amount > 0n ? stake : undefined;
  const daysLeft = before ? Math.ceil((before.unlockAt.getTime() - startedAt.getTime()) / DAY_MS) : 0;
  const days = Math.max(durationDays, daysLeft);
  const unlockAt = new Date(startedAt.getTime() + days * DAY_MS);
  return { accountId, amount: amount + (before?.amount ?? 0n), durationDays: days, startedAt, unlockAt };
}

/** When what leaves a stake now is available. */
export function readyAfter(at: Date): Date {
  return new Date(at.getTime() + COOLDOWN_DAYS * DAY_MS);
}

/** The beginning of a UTC day: stakes are counted in days. */
function dayOf(at: Date): Date {
  return new Date(Math.floor(at.getTime() / DAY_MS) * DAY_MS);
}
