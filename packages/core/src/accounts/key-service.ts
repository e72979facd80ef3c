import { idempotencyMismatch } from '../books/claim-rules.ts';
import type { Books, PageRequest } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import type { Idempotency } from './account-service.ts';
import {
  type ApiKey,
  areWholeScopes,
  nodeOfScope,
  type Role,
  ROLE_SCOPES,
  type Scope,
  SCOPES_AT_NODE,
} from './api-key.ts';
import type { Authenticator } from './authenticator.ts';
import { type Caller, requireOperator, requireScope, requireUnbound } from './caller.ts';
import { type IssuedKey, issueKey, type KeyIssuer, type KeyRequest } from './issue-key.ts';

export interface NewKey {
  readonly accountId?: string;
  readonly label?: string;
  readonly role?: Role;
  readonly scopes?: readonly Scope[];
  readonly expiresAt?: Date;
  readonly spendLimit?: bigint;
  readonly maxRunning?: number;
  readonly idempotency?: Idempotency;
}

export interface KeyServiceDeps {
  readonly books: Books;
  readonly authenticator: Authenticator;
  readonly issuer: KeyIssuer;
}

/** API keys of an account. */
export interface KeyService {
  /** @throws {DomainError} FORBIDDEN, INVALID_INPUT, ACCOUNT_NOT_FOUND, IDEMPOTENCY_MISMATCH */
  create(caller: Caller, request: NewKey): Promise<IssuedKey>;
  /** Newest first. */
  list(caller: Caller, page: PageRequest): Promise<readonly ApiKey[]>;
  /**
   * Revokes itself, or another key of the account.
   *
   * @throws {DomainError} FORBIDDEN, KEY_NOT_FOUND
   */
  revoke(caller: Caller, keyId: string): Promise<ApiKey>;
}

export function createKeyService({ books, authenticator, issuer }: KeyServiceDeps): KeyService {
  return {
    async create(caller, request) {
      const key = strengthOf(caller, request);
      const { idempotency } = request;
      const seed = idempotency && `${key.accountId} ${idempotency.key}`;
      const issued = issueKey(issuer, key, seed);
      const { keys } = await books.commit({ type: 'createKey', key: issued.key });
      // Of requests that come at once under one Idempotency-Key only the books know which was the first.
      const kept = keys.find(({ id }) => id === issued.key.id) ?? issued.key;
      if (idempotency && !isSameRequest(kept, key)) throw idempotencyMismatch(idempotency.key);
      return { ...issued, key: kept };
    },

    async list(caller, page) {
      requireScope(caller, 'keys');
      return await books.read.listKeys(caller.accountId, page);
    },

    async revoke(caller, keyId) {
      requireScope(caller, 'keys');
      if (keyId !== caller.keyId) requireUnbound(caller, 'revoke other keys');
      const key = await books.read.findKey(keyId);
      const isMine = key?.accountId === caller.accountId || caller.role === 'operator';
      if (!key || !isMine) throw new DomainError('KEY_NOT_FOUND', 'API key does not exist', { keyId });
      const outcome = await books.commit({ type: 'revokeKey', keyId, at: issuer.clock() });
      authenticator.forget(keyId);
      return outcome.keys[0] ?? key;
    },
  };
}

/** A key can be no stronger than the one that makes it. */
function strengthOf(caller: Caller, request: NewKey): KeyRequest {
  requireScope(caller, 'keys');
  requireUnbound(caller, 'make other keys');
  const { accountId = caller.accountId, role = 'client', label = '', scopes = ROLE_SCOPES[role] } = request;
  if (accountId !== caller.accountId || role === 'operator') requireOperator(caller);
  if (role === 'operator' && !areWholeScopes(scopes)) throw narrowOperator();
  if (role === 'provider') requireScope(caller, 'node');
  scopes.flatMap(neededFor).forEach((scope) => requireScope(caller, scope));
  return { accountId, label, role, scopes, ...limitsOf(request) };
}

/** What a key must be able to do that gives a scope to another. */
function neededFor(scope: Scope): readonly Scope[] {
  return nodeOfScope(scope) === undefined ? [scope] : SCOPES_AT_NODE;
}

function narrowOperator(): DomainError {
  const message = "An operator's key may do everything: leave the scopes out, or make it another role's";
  return new DomainError('INVALID_INPUT', message, { field: 'scopes' });
}

function limitsOf(request: NewKey): Pick<KeyRequest, 'spendLimit' | 'maxRunning' | 'expiresAt'> {
  const { spendLimit, maxRunning, expiresAt } = request;
  return {
    ...(spendLimit !== undefined && { spendLimit }),
    ...(maxRunning !== undefined && { maxRunning }),
    ...(expiresAt && { expiresAt }),
  };
}

function isSameRequest(key: ApiKey, request: KeyRequest): boolean {
  const textOf = ({ label, role, scopes, spendLimit, maxRunning, expiresAt }: KeyRequest) =>
    JSON.stringify([label, role, scopes, spendLimit?.toString(), maxRunning, expiresAt]);
  return textOf(request) === textOf(key);
}
