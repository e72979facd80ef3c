import { emptyAccount } from '../accounts/account.ts';
import { DomainError } from '../errors.ts';
import { keepClaim, takeClaim } from './claim-rules.ts';
import type { CreateKey, GrantCredits, OpenAccount, ReleaseCustodial, RevokeKey } from './commands.ts';
import type { AnyDraft } from './draft.ts';
import { spendOnKey } from './key-limit.ts';

/** Opening an account that exists changes nothing, so that a repeated call is harmless. */
export function openAccount(draft: AnyDraft, { account, key, grant, mintId }: OpenAccount): void {
  if (draft.findAccount(account.id)) return;
  draft.put(draft.accounts, account.id, emptyAccount(account));
  if (key) draft.put(draft.keys, key.id, key);
  draft.move({
    kind: 'register_bonus',
    debit: { accountId: mintId, part: 'available' },
    credit: { accountId: account.id, part: 'available' },
    amount: grant,
    at: account.createdAt,
  });
}

export function createKey(draft: AnyDraft, { key }: CreateKey): void {
  draft.getAccount(key.accountId);
  if (!draft.findKey(key.id)) draft.put(draft.keys, key.id, key);
}

/** A revoked key stays revoked at its first instant. */
export function revokeKey(draft: AnyDraft, { keyId, at }: RevokeKey): void {
  const key = draft.findKey(keyId);
  if (!key) throw new DomainError('KEY_NOT_FOUND', 'API key does not exist', { keyId });
  if (!key.revokedAt) draft.put(draft.keys, keyId, { ...key, revokedAt: at });
}

/** @returns the answer of an earlier grant under the same claim, when there was one */
export function grantCredits(draft: AnyDraft, command: GrantCredits): string | undefined {
  const { accountId, keyId, amount, mintId, memo, claim, at } = command;
  draft.getAccount(accountId);
  const earlier = takeClaim(draft, claim);
  if (earlier !== undefined) return earlier;
  if (claim) keepClaim(draft, claim, claim.answer);
  spendOnKey(draft, keyId, amount);
  draft.move({
    kind: 'grant',
    debit: { accountId: mintId, part: 'available' },
    credit: { accountId, part: 'available' },
    amount,
    ...(memo !== undefined && { memo }),
    at,
  });
  return undefined;
}

/** @returns micro-credits that were released */
export function releaseCustodial(draft: AnyDraft, { custodyId, accountId, at }: ReleaseCustodial): bigint {
  const amount = draft.getAccount(custodyId).available;
  draft.getAccount(accountId);
  draft.move({
    kind: 'custodial_release',
    debit: { accountId: custodyId, part: 'available' },
    credit: { accountId, part: 'available' },
    amount,
    at,
  });
  return amount;
}
