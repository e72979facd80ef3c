import { DomainError } from '@plexus/core';

/** How often one caller may call; a full minute's worth may come at once. */
export type RateLimits = 'off' | { readonly perMinute: number };

/** GemmaNet's page has no limits. Source: contract/README.md, "6,000 per minute". */
export const DEFAULT_RATE_LIMITS: RateLimits = { perMinute: 6000 };

const WINDOW_MS = 60_000;
/** What sums of fractions of a millisecond may be off by, so that the last call of a minute's worth passes. */
const ROUNDING_MS = 0.001;
/** Callers that are remembered; beyond, the one that came first is forgotten and starts afresh. */
const MAX_CALLERS = 50_000;

/** How a caller stands with its limit. */
export interface Allowance {
  /** Calls in the whole time. */
  readonly limit: number;
  /** Calls that may come at once now. */
  readonly remaining: number;
  /** Until all of them may. */
  readonly resetMs: number;
}

export interface RateLimiter {
  /** @throws {DomainError} RATE_LIMITED */
  take(caller: string): void;
  allowance(caller: string): Allowance;
}

/**
 * Limits callers by the generic cell rate algorithm: one number for each, the time at which its bucket is full again.
 * It is our own because @fastify/rate-limit runs at one point of a request: before authentication it knows no key,
 * after it never sees a refused one.
 *
 * @param now milliseconds of a clock that never goes back
 */
export function createRateLimiter(limits: RateLimits, now = () => performance.now()): RateLimiter | undefined {
  return limits === 'off' ? undefined : createCallLimiter({ calls: limits.perMinute, windowMs: WINDOW_MS }, now);
}

/** @param rate so many calls may come in so much time, or all at once */
export function createCallLimiter(
  { calls, windowMs }: { readonly calls: number; readonly windowMs: number },
  now = () => performance.now(),
): RateLimiter {
  const intervalMs = windowMs / calls;
  const fullAt = new Map<string, number>();
  return {
    take(caller) {
      const time = now();
      const known = fullAt.get(caller);
      const next = Math.max(known ?? 0, time) + intervalMs;
      const waitMs = next - time - windowMs;
      if (waitMs > ROUNDING_MS) throw tooMany(waitMs);
      if (known === undefined && fullAt.size >= MAX_CALLERS) forgetFirst(fullAt);
      fullAt.set(caller, next);
    },
    allowance(caller) {
      const resetMs = Math.max(0, (fullAt.get(caller) ?? 0) - now());
      const remaining = Math.max(0, Math.floor((windowMs - resetMs + ROUNDING_MS) / intervalMs));
      return { limit: calls, remaining, resetMs };
    },
  };
}

/** An allowance as OpenAI's headers tell it. */
export function allowanceHeaders({ limit, remaining, resetMs }: Allowance): Readonly<Record<string, string>> {
  return {
    'x-ratelimit-limit-requests': String(limit),
    'x-ratelimit-remaining-requests': String(remaining),
    'x-ratelimit-reset-requests': resetMs < 1000 ? `${Math.ceil(resetMs)}ms` : `${Math.ceil(resetMs) / 1000}s`,
  };
}

/** An allowance as most APIs tell it; the reset is in seconds from now. */
export function plainAllowanceHeaders({ limit, remaining, resetMs }: Allowance): Readonly<Record<string, string>> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(Math.ceil(resetMs / 1000)),
  };
}

/** An address as a caller; of IPv6 the network of 64 bits that one subscriber has. */
export function addressCaller(ip: string): string {
  if (!ip.includes(':') || ip.startsWith('::ffff:')) return ip;
  const [head = ''] = ip.split('::');
  return head.split(':').slice(0, 4).join(':');
}

/** Forgets what a map has known for longest. */
export function forgetFirst(map: Map<string, unknown>): void {
  const first = map.keys().next();
  if (!first.done) map.delete(first.value);
}

function tooMany(waitMs: number): DomainError {
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  return new DomainError('RATE_LIMITED', `Too many requests: try again in ${retryAfterSeconds} s`, {
    retryAfterSeconds,
  });
}
