import { DomainError } from '@plexus/core';
import { formatCredits, parseCredits } from '@plexus/protocol';

/**
 * An amount of a request in micro-credits.
 *
 * @throws {DomainError} INVALID_INPUT when it has more than 6 places
 */
export function readAmount(neuro: number): bigint {
  try {
    return parseCredits(String(neuro));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const message = 'amount: an amount of NEURO has at most 6 decimal places';
    throw new DomainError('INVALID_INPUT', message, { field: 'amount' }, { cause });
  }
}

/** Micro-credits as NEURO. */
export function toNeuro(micro: bigint): number {
  return Number(formatCredits(micro));
}
