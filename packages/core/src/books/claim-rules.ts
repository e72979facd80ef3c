import { idempotencyMismatch } from './account-rules.ts';
import type { Claim } from './commands.ts';
import type { AnyDraft } from './draft.ts';

/**
 * What the first command under a claim answered; nothing where this is the first.
 *
 * @throws {DomainError} IDEMPOTENCY_MISMATCH
 */
export function takeClaim(draft: AnyDraft, claim: Claim | undefined): string | undefined {
  const earlier = claim && draft.findClaim(claim.accountId, claim.key);
  if (claim && earlier && earlier.requestHash !== claim.requestHash) throw idempotencyMismatch(claim.key);
  return earlier?.answer;
}
