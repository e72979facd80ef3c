import { type CallRate, forgetFirst } from '@plexus/protocol';
import { createCallLimiter, type RateLimiter } from '../rate-limit.ts';

/** Limiters that are kept: one for each node and container that has a limit. */
const MAX_LIMITERS = 1000;

/** How often clients may call nodes and their containers, as the nodes say. */
export interface ClientRates {
  /** @throws {DomainError} RATE_LIMITED */
  take(place: string, rate: CallRate | undefined, client: string): void;
}

/** @param isOff whether nothing is limited */
export function createClientRates(isOff: boolean, now?: () => number): ClientRates {
  const limiters = new Map<string, RateLimiter>();
  return {
    take(place, rate, client) {
      if (!rate || isOff) return;
      const name = `${place} ${rate.calls} ${rate.seconds}`;
      const known = limiters.get(name);
      if (known) return known.take(client);
      if (limiters.size >= MAX_LIMITERS) forgetFirst(limiters);
      const limiter = createCallLimiter({ calls: rate.calls, windowMs: rate.seconds * 1000 }, now);
      limiters.set(name, limiter);
      limiter.take(client);
    },
  };
}
