import { formatCredits } from '@plexus/protocol';
import type { ApiKey } from '../accounts/api-key.ts';
import { DomainError } from '../errors.ts';
import type { AnyDraft } from './draft.ts';

/** Only a key with a limit is counted, so that others cost no write. */
export function spendOnKey(draft: AnyDraft, keyId: string | undefined, amount: bigint): void {
  const key = keyId === undefined ? undefined : draft.findKey(keyId);
  if (!key || key.spendLimit === undefined || amount === 0n) return;
  const spent = key.spent + amount;
  if (amount > 0n && spent > key.spendLimit) throw spendLimitExceeded(key, key.spendLimit, amount);
  draft.put(draft.keys, key.id, { ...key, spent });
}

function spendLimitExceeded(key: ApiKey, limit: bigint, amount: bigint): DomainError {
  const figures = { required: formatCredits(amount), remaining: formatCredits(limit - key.spent) };
  const message = `This key's spending limit leaves ${figures.remaining} credits, ${figures.required} needed`;
  return new DomainError('SPEND_LIMIT_EXCEEDED', message, figures);
}
