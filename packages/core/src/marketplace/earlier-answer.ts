import type { Idempotency } from '../accounts/account-service.ts';
import type { Caller } from '../accounts/caller.ts';
import type { Books } from '../books/books.ts';
import { idempotencyMismatch } from '../books/claim-rules.ts';

/**
 * What the first request under an Idempotency-Key was answered with: the id of what came of it.
 *
 * @throws {DomainError} IDEMPOTENCY_MISMATCH
 */
export async function earlierAnswer(
  { read }: Pick<Books, 'read'>,
  { accountId }: Pick<Caller, 'accountId'>,
  idempotency: Idempotency | undefined,
): Promise<string | undefined> {
  const earlier = idempotency && (await read.findClaim(accountId, idempotency.key));
  if (earlier && earlier.requestHash !== idempotency.requestHash) throw idempotencyMismatch(idempotency.key);
  return earlier?.answer;
}
