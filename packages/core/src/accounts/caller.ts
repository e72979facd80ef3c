import { DomainError } from '../errors.ts';
import { type ApiKey, areWholeScopes, nodeOfScope, type Role, type Scope } from './api-key.ts';

/** Somebody who showed a valid key. */
export interface Caller {
  readonly accountId: string;
  readonly keyId: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** Whether the key has a spending limit or an expiry, which another key must not escape. */
  readonly limited: boolean;
  /** Jobs of the key that may run or wait at once, where it has a limit of its own. */
  readonly maxRunning?: number;
}

/**
 * Stops a caller whose key does not cover what it asks for.
 *
 * @throws {DomainError} FORBIDDEN
 */
export function requireScope(caller: Caller, scope: Scope): void {
  if (caller.scopes.includes(scope)) return;
  throw new DomainError('FORBIDDEN', `This key lacks the scope "${scope}"`, { needed: scope });
}

/**
 * Stops everybody but operators.
 *
 * @throws {DomainError} FORBIDDEN
 */
export function requireOperator(caller: Caller): void {
  if (caller.role === 'operator') return;
  throw new DomainError('FORBIDDEN', "This needs an operator's key", { needed: 'operator' });
}

/**
 * Stops a key that something must not escape: its limit, its expiry, or the one node for which it was made.
 *
 * @param what it may therefore not do, such as "make other keys"
 * @throws {DomainError} FORBIDDEN
 */
export function requireUnbound({ limited, maxRunning, scopes }: Caller, what: string): void {
  const isOfNode = scopes.some((scope) => nodeOfScope(scope) !== undefined);
  if (!limited && maxRunning === undefined && !isOfNode) return;
  const message = `A key with a limit, an expiry or a node of its own cannot ${what}`;
  throw new DomainError('FORBIDDEN', message, { needed: 'a key without limit, expiry or node' });
}

/** The caller that a key stands for. An operator's key that was narrowed is any other key of its account. */
export function callerOf(key: ApiKey): Caller {
  const limited = key.spendLimit !== undefined || key.expiresAt !== undefined;
  const role = key.role === 'operator' && !areWholeScopes(key.scopes) ? 'client' : key.role;
  const caller = { accountId: key.accountId, keyId: key.id, role, scopes: key.scopes, limited };
  return key.maxRunning === undefined ? caller : { ...caller, maxRunning: key.maxRunning };
}
