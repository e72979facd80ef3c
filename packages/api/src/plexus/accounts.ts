import { DomainError, type NewKey } from '@plexus/core';
import { type Input, parseCredits, PASS_HEADERS, type plexusEndpoints } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import type { PlexusDeps } from './deps.ts';
import { toDate } from './instant.ts';
import { pageRequest, toPage } from './page.ts';
import { toEntry, toKey, toWallet } from './views.ts';

type KeyBody = Input<typeof plexusEndpoints.createKey>['body'];
type KeyHandlers = Pick<Handlers<typeof plexusEndpoints>, 'createKey' | 'listKeys' | 'revokeKey' | 'getCaller'>;
type WalletHandlers = Pick<Handlers<typeof plexusEndpoints>, 'grant' | 'getWallet' | 'listEntries'>;

/** Endpoints about API keys. */
export function keyHandlers({ keys, authenticator }: Pick<PlexusDeps, 'keys' | 'authenticator'>): KeyHandlers {
  return {
    async getCaller(_input, context) {
      const { accountId, role, scopes } = context.caller;
      const nodeId = context.header(PASS_HEADERS.node);
      const isOwner = nodeId !== undefined && (await authenticator.owns(accountId, nodeId));
      return { account_id: accountId, role, scopes: [...scopes], is_owner: isOwner };
    },

    async createKey({ body }, { caller, idempotency }) {
      const { key, secret } = await keys.create(caller, { ...toNewKey(body), ...(idempotency && { idempotency }) });
      return { ...toKey(key), api_key: secret };
    },

    async listKeys({ query }, { caller }) {
      const page = pageRequest(query);
      return toPage(await keys.list(caller, page), page.limit, ({ id }) => id, toKey);
    },

    revokeKey: async ({ params }, { caller }) => toKey(await keys.revoke(caller, params.key_id)),
  };
}

/** Endpoints about credits. */
export function walletHandlers({ accounts }: Pick<PlexusDeps, 'accounts'>): WalletHandlers {
  return {
    async grant({ body: { account_id: accountId, credits, memo } }, { caller, idempotency }) {
      const amount = parseCredits(credits);
      const given = { ...(memo !== undefined && { memo }), ...(idempotency && { idempotency }) };
      return toWallet(await accounts.grant(caller, { accountId, amount, ...given }));
    },

    getWallet: async (_input, { caller }) => toWallet(await accounts.wallet(caller)),

    async listEntries({ query }, { caller }) {
      const page = pageRequest(query);
      requireSequence(page.after);
      const found = await accounts.entries(caller, { visible: true }, page);
      return toPage(
        found,
        page.limit,
        ({ sequence }) => String(sequence),
        (entry) => toEntry(entry, caller.accountId),
      );
    },
  };
}

function toNewKey({
  label,
  role,
  scopes,
  expires_at: expiry,
  spend_limit: limit,
  max_running: maxRunning,
  account_id: accountId,
}: KeyBody): NewKey {
  return {
    ...(label !== undefined && { label }),
    ...(role && { role }),
    // The schema's pattern is what core's type says in another way.
    ...(scopes && { scopes: scopes as NonNullable<NewKey['scopes']> }),
    ...(expiry !== undefined && { expiresAt: toDate(expiry, 'expires_at') }),
    ...(limit !== undefined && { spendLimit: parseCredits(limit) }),
    ...(maxRunning !== undefined && { maxRunning }),
    ...(accountId !== undefined && { accountId }),
  };
}

function requireSequence(after: string | undefined): void {
  if (after === undefined || /^\d{1,15}$/.test(after)) return;
  throw new DomainError('INVALID_INPUT', 'after: is not the `next` of a page', { field: 'after' });
}
