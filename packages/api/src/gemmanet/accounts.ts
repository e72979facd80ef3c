import { DomainError, type Idempotency } from '@plexus/core';
import { floorCredits, type gemmanetEndpoints, wholeCredits } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import type { GemmanetDeps } from './deps.ts';
import { transactionsOf } from './transactions.ts';

type AccountDeps = Pick<GemmanetDeps, 'accounts' | 'isLoopback' | 'acceptsInvite'>;

const DEFAULT_HISTORY = 20;

/** Endpoints about accounts and their credits. */
export function accountHandlers(
  deps: AccountDeps,
): Pick<Handlers<typeof gemmanetEndpoints>, 'register' | 'getBalance' | 'getHistory'> {
  const { accounts } = deps;
  return {
    async register({ body: { email, invite } }, { idempotency }) {
      requireInvite(deps, invite);
      const { account, secret } = await accounts.register(registration(email, idempotency));
      return { api_key: secret, node_id: account.id, balance: floorCredits(account.available) };
    },

    async getBalance(_input, { caller }) {
      const { id, available, earned, spent } = await accounts.wallet(caller);
      return {
        node_id: id,
        balance: floorCredits(available),
        total_earned: floorCredits(earned),
        total_spent: wholeCredits(spent),
      };
    },

    async getHistory({ query: { limit = DEFAULT_HISTORY } }, { caller }) {
      const entries = await accounts.entries(caller, { visible: true }, { limit });
      return entries.flatMap((entry) => transactionsOf(entry, caller.accountId)).slice(0, limit);
    },
  };
}

function registration(
  email: string | null | undefined,
  idempotency: Idempotency | undefined,
): Parameters<AccountDeps['accounts']['register']>[0] {
  return { ...(typeof email === 'string' && { email }), ...(idempotency && { idempotency }) };
}

/** Source: contract/gemmanet.md, "on a non-loopback bind … register needs an invite". */
function requireInvite({ isLoopback, acceptsInvite }: AccountDeps, invite: string | undefined): void {
  if (isLoopback || (invite !== undefined && acceptsInvite(invite))) return;
  const message = invite === undefined ? 'An invite is needed to register here' : 'This invite is not valid';
  throw new DomainError('FORBIDDEN', message, { needed: 'invite' });
}
