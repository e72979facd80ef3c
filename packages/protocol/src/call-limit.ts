import { forgetFirst } from './forget-first.ts';

/** What sums of fractions of a millisecond may be off by, so that the last call of a window passes. */
const ROUNDING_MS = 0.001;

/** How a caller stands with its limit. */
export interface Allowance {
  /** Calls in the whole time. */
  readonly limit: number;
  /** Calls that may come at once now. */
  readonly remaining: number;
  /** Until all of them may. */
  readonly resetMs: number;
}

export interface CallLimit {
  /** Milliseconds until a caller may call again; undefined when it may now, which is counted. */
  take(caller: string): number | undefined;
  allowance(caller: string): Allowance;
}

/** So many calls may come in so much time, or all at once. */
interface CallLimitOptions {
  readonly calls: number;
  readonly windowMs: number;
  /** Callers that are remembered; beyond, the one that came first is forgotten and starts afresh. */
  readonly maxCallers: number;
}

/**
 * Limits callers by the generic cell rate algorithm: one number for each, the time at which its bucket is full again.
 *
 * @param now milliseconds of a clock that never goes back
 */
export function createCallLimit(
  { calls, windowMs, maxCallers }: CallLimitOptions,
  now = () => performance.now(),
): CallLimit {
  const intervalMs = windowMs / calls;
  const fullAt = new Map<string, number>();
  return {
    take(caller) {
      const time = now();
      const known = fullAt.get(caller);
      const next = Math.max(known ?? 0, time) + intervalMs;
      const waitMs = next - time - windowMs;
      if (waitMs > ROUNDING_MS) return waitMs;
      if (known === undefined && fullAt.size >= maxCallers) forgetFirst(fullAt);
      fullAt.set(caller, next);
      return undefined;
    },
    allowance(caller) {
      const resetMs = Math.max(0, (fullAt.get(caller) ?? 0) - now());
      const remaining = Math.max(0, Math.floor((windowMs - resetMs + ROUNDING_MS) / intervalMs));
      return { limit: calls, remaining, resetMs };
    },
  };
}
