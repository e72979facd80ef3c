import { expect, test } from 'vitest';
import { type ApiKey, ROLE_SCOPES, type Scope } from '../../src/accounts/api-key.ts';
import { callerOf, requireOperator, requireScope, requireUnbound } from '../../src/accounts/caller.ts';

const NOON = new Date('2026-01-01T12:00:00Z');
const REFUSED = expect.objectContaining({ code: 'FORBIDDEN' });

function keyOf(fields: Partial<ApiKey>): ApiKey {
  const names = { id: 'key_1', accountId: 'account_1', hash: '', prefix: '', label: '' };
  return { ...names, role: 'client', scopes: ROLE_SCOPES.client, spent: 0n, createdAt: NOON, ...fields };
}

const operatorWith = (scopes: readonly Scope[]) => callerOf(keyOf({ role: 'operator', scopes }));

test('an operator has all scopes, and may do what operators may', () => {
  const caller = operatorWith(ROLE_SCOPES.operator);
  expect(() => requireOperator(caller)).not.toThrow();
  for (const scope of ROLE_SCOPES.operator) expect(() => requireScope(caller, scope), scope).not.toThrow();
});

test.each([[['read']], [[]], [[...ROLE_SCOPES.operator, 'node:node-1']]] as const)(
  "a stored operator's key with the scopes %j may do no more than they say",
  (scopes) => {
    const caller = operatorWith(scopes);
    expect(() => requireOperator(caller)).toThrow(REFUSED);
    for (const scope of ROLE_SCOPES.operator) {
      const check = () => requireScope(caller, scope);
      if (caller.scopes.includes(scope)) expect(check, scope).not.toThrow();
      else expect(check, scope).toThrow(REFUSED);
    }
  },
);

test.each([
  ['a spending limit', { spendLimit: 1n }],
  ['an expiry', { expiresAt: NOON }],
  ['a limit of jobs', { maxRunning: 1 }],
  ['a node', { scopes: ['keys', 'submit', 'read', 'node:node-1'] as const }],
])('something binds a key with %s', (_what, fields) => {
  expect(() => requireUnbound(callerOf(keyOf(fields)), 'make other keys')).toThrow(REFUSED);
});

test('nothing binds a key that has none of these', () => {
  expect(() => requireUnbound(callerOf(keyOf({})), 'make other keys')).not.toThrow();
});
