import type { Books, PageRequest } from '../books/books.ts';
import type { GrantCredits } from '../books/commands.ts';
import type { Account } from './account.ts';
import { type Caller, requireOperator, requireScope } from './caller.ts';
import { idempotencyMismatch } from '../books/claim-rules.ts';
import { DomainError } from '../errors.ts';
import type { JournalEntry } from '../ledger/transfer.ts';
import { ROLE_SCOPES } from './api-key.ts';
import { type IssuedKey, issueKey, type KeyIssuer } from './issue-key.ts';
import { readAccount } from './read-account.ts';
import { uuidFrom } from './uuid-from.ts';

/** An Idempotency-Key as a dialect hands it on. */
export interface Idempotency {
  readonly key: string;
  /** SHA-256 in hex of what was asked. */
  readonly requestHash: string;
}

interface Registration {
  readonly email?: string;
  readonly idempotency?: Idempotency;
}

export interface AccountServiceDeps {
  readonly books: Books;
  readonly issuer: KeyIssuer;
  readonly mintId: string;
  /** Micro-credits a new account is given. */
  readonly registerGrant: bigint;
  /** Told of every account that changed, so that cached balances are right. */
  readonly onAccounts: (accounts: readonly Account[]) => void;
}

export interface AccountService {
  /**
   * Opens a client's account with its first key.
   *
   * @throws {DomainError} INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_MISMATCH
   */
  register(request: {
    readonly email?: string;
    readonly idempotency?: Idempotency;
  }): Promise<IssuedKey & { account: Account }>;
  /** @throws {DomainError} ACCOUNT_NOT_FOUND */
  wallet(caller: Caller): Promise<Account>;
  entries(caller: Caller, filter: { readonly visible: boolean }, page: PageRequest): Promise<readonly JournalEntry[]>;
  /** @throws {DomainError} FORBIDDEN, ACCOUNT_NOT_FOUND, SPEND_LIMIT_EXCEEDED, IDEMPOTENCY_MISMATCH */
  grant(caller: Caller, request: GrantRequest): Promise<Account>;
}

export interface GrantRequest {
  readonly accountId: string;
  /** Micro-credits. */
  readonly amount: bigint;
  readonly memo?: string;
  readonly idempotency?: Idempotency;
}

/** The shortest Idempotency-Key that an anonymous caller may use: it must not be guessable by others. */
const MIN_ANONYMOUS_KEY_LENGTH = 16;

export function createAccountService(deps: AccountServiceDeps): AccountService {
  const { books, issuer, mintId } = deps;
  const { clock, newId, hashText } = issuer;

  async function register({ email, idempotency }: Registration): Promise<IssuedKey & { account: Account }> {
    const seed = idempotency && anonymousSeed(idempotency);
    const name = email ?? 'client';
    const accountId = seed === undefined ? newId() : uuidFrom(hashText(`account ${issuer.newSecret(seed)}`));
    const request = { accountId, label: 'first key', role: 'client', scopes: ROLE_SCOPES.client } as const;
    const issued = issueKey(issuer, request, seed);
    const identity = { id: accountId, kind: 'client', name, createdAt: clock() } as const;
    const account = email === undefined ? identity : { ...identity, email };
    const grant = deps.registerGrant;
    const outcome = await books.commit({ type: 'openAccount', account, key: issued.key, grant, mintId });
    deps.onAccounts(outcome.accounts);
    const kept = await readAccount(books.read, accountId);
    // Under an Idempotency-Key the account may be that of an earlier request.
    if (idempotency && kept.email !== email) throw idempotencyMismatch(idempotency.key);
    return { ...issued, account: kept };
  }

  return {
    register,

    async wallet(caller) {
      requireScope(caller, 'read');
      return await readAccount(books.read, caller.accountId);
    },

    async entries(caller, filter, page) {
      requireScope(caller, 'read');
      return await books.read.listEntries(caller.accountId, filter, page);
    },

    async grant(caller, request) {
      requireOperator(caller);
      const outcome = await books.commit(toGrantCommand(request, caller, { mintId, at: clock() }));
      deps.onAccounts(outcome.accounts);
      return await readAccount(books.read, request.accountId);
    },
  };
}

function toGrantCommand(
  { accountId, amount, memo, idempotency }: GrantRequest,
  caller: Caller,
  context: Pick<GrantCredits, 'mintId' | 'at'>,
): GrantCredits {
  return {
    type: 'grantCredits',
    accountId,
    keyId: caller.keyId,
    amount,
    ...context,
    ...(memo !== undefined && { memo }),
    ...(idempotency && { claim: { ...idempotency, accountId: caller.accountId, answer: accountId } }),
  };
}

function anonymousSeed({ key }: Idempotency): string {
  if (key.length >= MIN_ANONYMOUS_KEY_LENGTH) return `register ${key}`;
  const message = `An Idempotency-Key for register needs at least ${MIN_ANONYMOUS_KEY_LENGTH} characters that nobody can guess`;
  throw new DomainError('INVALID_IDEMPOTENCY_KEY', message, { key });
}
