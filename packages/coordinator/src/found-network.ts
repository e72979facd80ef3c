import { type Books, ROLE_SCOPES, type Role } from '@plexus/core';
import { creditsToMicro } from '@plexus/protocol';
import type { Credentials } from './keys/credentials.ts';
import { hashText } from './keys/receipt-crypto.ts';
import { FEES_ID, MINT_ID } from './network.ts';

/** Source: contract/README.md, "The key that `up` prints". */
const OPERATOR_GRANT_CREDITS = 1_000_000;

/**
 * Opens the accounts that every network has: mint, fees, the operator's. Safe to repeat at each start, because
 * their ids follow from the secrets in the coordinator's home.
 */
export async function foundNetwork(books: Books, credentials: Credentials): Promise<void> {
  const createdAt = new Date();
  const nobody = { grant: 0n, mintId: MINT_ID };
  for (const [id, kind] of [
    [MINT_ID, 'mint'],
    [FEES_ID, 'fees'],
  ] as const) {
    await books.commit({ type: 'openAccount', account: { id, kind, name: kind, createdAt }, ...nobody });
  }
  const { operatorKey, nodeToken } = credentials;
  const operatorId = accountIdOf(operatorKey);
  await books.commit({
    type: 'openAccount',
    account: { id: operatorId, kind: 'client', name: 'operator', createdAt },
    key: storedKey(operatorKey, operatorId, 'operator'),
    grant: creditsToMicro(OPERATOR_GRANT_CREDITS),
    mintId: MINT_ID,
  });
  if (nodeToken !== undefined) {
    await books.commit({ type: 'createKey', key: storedKey(nodeToken, operatorId, 'provider') });
  }
}

function storedKey(secret: string, accountId: string, role: Role) {
  const hash = hashText(secret);
  return {
    id: `key_${hash.slice(0, 32)}`,
    accountId,
    hash,
    prefix: secret.slice(0, 9),
    label: role,
    role,
    scopes: ROLE_SCOPES[role],
    spent: 0n,
    createdAt: new Date(),
  };
}

/** A UUID (version 8, RFC 9562) that follows from a secret. */
function accountIdOf(secret: string): string {
  const hex = hashText(`account of ${secret}`);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
