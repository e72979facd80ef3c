import { formatCredits } from '@plexus/protocol';
import { DomainError } from '../errors.ts';

/** The refusal of what a balance does not cover; amounts are micro-credits. */
export function insufficient(required: bigint, available: bigint): DomainError {
  return new DomainError(
    'INSUFFICIENT_BALANCE',
    `Insufficient credits: ${formatCredits(required)} needed, ${formatCredits(available)} available`,
    { required: formatCredits(required), available: formatCredits(available) },
  );
}
