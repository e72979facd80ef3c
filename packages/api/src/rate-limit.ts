import { DomainError } from '@plexus/core';
import { type Allowance, type CallLimit, createCallLimit } from '@plexus/protocol';

/** How often one caller may call; a full minute's worth may come at once. */
export type RateLimits = 'off' | { readonly perMinute: number };

/** GemmaNet's page has no limits. Source: contract/README.md, "6,000 per minute". */
export const DEFAULT_RATE_LIMITS: RateLimits = { perMinute: 6000 };

const WINDOW_MS = 60_000;
/** Callers that are remembered; beyond, the one that came first is forgotten and starts afresh. */
const MAX_CALLERS = 50_000;

export interface RateLimiter extends Pick<CallLimit, 'allowance'> {
  /** @throws {DomainError} RATE_LIMITED */
  take(caller: string): void;
}

/**
 * Limits callers. It is our own because @fastify/rate-limit runs at one point of a request: before authentication it
 * knows no key, after it never sees a refused one.
 *
 * @param now milliseconds of a clock that never goes back
 */
export function createRateLimiter(limits: RateLimits, now?: () => number): RateLimiter | undefined {
  return limits === 'off' ? undefined : createCallLimiter({ calls: limits.perMinute, windowMs: WINDOW_MS }, now);
}

/** @param rate so many calls may come in so much time, or all at once */
export function createCallLimiter(
  rate: { readonly calls: number; readonly windowMs: number },
  now?: () => number,
): RateLimiter {
  const limit = createCallLimit({ ...rate, maxCallers: MAX_CALLERS }, now);
  return {
    allowance: (caller) => limit.allowance(caller),
    take(caller) {
      const waitMs = limit.take(caller);
      if (waitMs !== undefined) throw tooMany(waitMs);
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

function tooMany(waitMs: number): DomainError {
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  return new DomainError('RATE_LIMITED', `Too many requests: try again in ${retryAfterSeconds} s`, {
    retryAfterSeconds,
  });
}
