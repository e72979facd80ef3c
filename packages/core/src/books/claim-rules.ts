import { DomainError } from '../errors.ts';
import type { OpenClaim } from '../wallet/wallet-commands.ts';
import { type AnyDraft, claimId } from './draft.ts';

/**
 * What the first command under a claim answered; nothing where this is the first.
 *
 * @throws {DomainError} IDEMPOTENCY_MISMATCH
 */
export function takeClaim(draft: AnyDraft, claim: OpenClaim | undefined): string | undefined {
  const earlier = claim && draft.findClaim(claim.accountId, claim.key);
  if (claim && earlier && earlier.requestHash !== claim.requestHash) throw idempotencyMismatch(claim.key);
  return earlier?.answer;
}

/** Keeps what the first command under a claim answers, where it has one. */
export function keepClaim(draft: AnyDraft, claim: OpenClaim | undefined, answer: string): void {
  if (claim) draft.put(draft.claims, claimId(claim.accountId, claim.key), { ...claim, answer });
}

/** The refusal of an Idempotency-Key that stands for another request. */
export function idempotencyMismatch(key: string): DomainError {
  return new DomainError('IDEMPOTENCY_MISMATCH', 'This Idempotency-Key was used with a different request', { key });
}
