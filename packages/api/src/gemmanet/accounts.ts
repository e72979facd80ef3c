import { type Caller, DomainError, type Idempotency, type PageRequest } from '@plexus/core';
import { floorCredits, type gemmanetEndpoints, wholeCredits } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import type { GemmanetDeps } from './deps.ts';
import { type Transaction, transactionsOf } from './transactions.ts';

type AccountDeps = Pick<GemmanetDeps, 'accounts' | 'isLoopback' | 'acceptsInvite'>;

const DEFAULT_HISTORY = 20;
/** Entries of each further page. */
const READ_ON = 1000;

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
      return await newestTransactions(accounts, caller, limit);
    },
  };
}

/** Reads on where entries are no transactions here, such as the end of a stake, which is nobody's to spend yet. */
async function newestTransactions(
  accounts: AccountDeps['accounts'],
  caller: Caller,
  limit: number,
): Promise<Transaction[]> {
  const found: Transaction[] = [];
  let page: PageRequest = { limit };
  for (;;) {
    const entries = await accounts.entries(caller, { visible: true }, page);
    found.push(...entries.flatMap((entry) => transactionsOf(entry, caller.accountId)));
    const last = entries.at(-1);
    if (!last || found.length >= limit || entries.length < page.limit) return found.slice(0, limit);
    page = { limit: READ_ON, after: String(last.sequence) };
  }
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
