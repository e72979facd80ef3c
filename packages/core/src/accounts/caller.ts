import { DomainError } from '../errors.ts';
import type { ApiKey, Role, Scope } from './api-key.ts';

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
  if (caller.role === 'operator' || caller.scopes.includes(scope)) return;
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

/** The caller that a key stands for. */
export function callerOf(key: ApiKey): Caller {
  const limited = key.spendLimit !== undefined || key.expiresAt !== undefined;
  const caller = { accountId: key.accountId, keyId: key.id, role: key.role, scopes: key.scopes, limited };
  return key.maxRunning === undefined ? caller : { ...caller, maxRunning: key.maxRunning };
}
