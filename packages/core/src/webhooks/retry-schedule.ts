const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How long after each failed attempt the next one comes: eleven attempts in 23.7 hours. */
const DELAYS_MS: readonly number[] = [
  5000,
  30_000,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  8 * HOUR_MS,
  8 * HOUR_MS,
];
/** Each delay is longer or shorter by up to this share, so that what failed together does not come back together. */
const JITTER_SHARE = 0.2;
/** A receiver that asks for patience is given no more than this. */
const MAX_RETRY_AFTER_MS = HOUR_MS;
/** An attempt whose outcome is not known, because the coordinator died, is made again after this where it was the last. */
const UNKNOWN_OUTCOME_MS = 10 * MINUTE_MS;

export interface RetryOptions {
  /** Attempts so far. */
  readonly attempts: number;
  /** What the receiver asked for, if it did. */
  readonly retryAfterMs?: number;
  /** From 0 to 1. */
  readonly random: number;
}

/** How long to wait after a failed attempt; undefined when it was the last. */
export function retryDelayMs({ attempts, retryAfterMs = 0, random }: RetryOptions): number | undefined {
  const delayMs = DELAYS_MS[attempts - 1];
  if (delayMs === undefined) return undefined;
  const jittered = delayMs * (1 + JITTER_SHARE * (2 * random - 1));
  return Math.round(Math.max(jittered, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)));
}

/** When an attempt that is about to be made is made again, should nobody hear of its outcome. */
export function rescueDelayMs(attempts: number): number {
  return DELAYS_MS[attempts - 1] ?? UNKNOWN_OUTCOME_MS;
}
