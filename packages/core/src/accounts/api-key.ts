/** An operator may do everything, and so has every scope; a provider runs nodes; a client spends. */
export type Role = 'operator' | 'provider' | 'client';

/** `submit` jobs, `read` one's own, `wallet`, `keys`, run any `node`, or spend at one node (`node:<id>`). */
export type Scope = 'submit' | 'read' | 'wallet' | 'keys' | 'node' | `node:${string}`;

/** A credential. The key itself is never stored, only its hash. */
export interface ApiKey {
  readonly id: string;
  readonly accountId: string;
  /** SHA-256 of the key in lower-case hex. */
  readonly hash: string;
  /** First characters of the key, to recognise it by. */
  readonly prefix: string;
  readonly label: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** Micro-credits this key may spend in all; absent means no limit of its own. */
  readonly spendLimit?: bigint;
  /** Micro-credits spent and held through this key; kept only for keys with a limit. */
  readonly spent: bigint;
  /** Jobs of this key that may run or wait at once; absent means no limit of its own. */
  readonly maxRunning?: number;
  readonly expiresAt?: Date;
  readonly revokedAt?: Date;
  readonly createdAt: Date;
}

/** The scopes a role has when a key names none. One that operators get later must be added to the keys that they have. */
export const ROLE_SCOPES: Readonly<Record<Role, readonly Scope[]>> = {
  operator: ['submit', 'read', 'wallet', 'keys', 'node'],
  provider: ['read', 'wallet', 'node'],
  client: ['submit', 'read', 'wallet', 'keys'],
};

/** What a key that was made for one node may do there, beside its own scopes. */
export const SCOPES_AT_NODE: readonly Scope[] = ['submit', 'read'];

const NODE_SCOPE = 'node:';

/** The node that a scope is about, where it is about one. */
export function nodeOfScope(scope: Scope): string | undefined {
  return scope.startsWith(NODE_SCOPE) ? scope.slice(NODE_SCOPE.length) : undefined;
}

/** Whether scopes are all that an operator has: no fewer, and not for one node. */
export function areWholeScopes(scopes: readonly Scope[]): boolean {
  const hasAll = ROLE_SCOPES.operator.every((scope) => scopes.includes(scope));
  return hasAll && scopes.every((scope) => nodeOfScope(scope) === undefined);
}
