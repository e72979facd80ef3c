/** An operator may do everything; a provider runs nodes; a client spends. */
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

/** The scopes a role has when a key names none. */
export const ROLE_SCOPES: Readonly<Record<Role, readonly Scope[]>> = {
  operator: ['submit', 'read', 'wallet', 'keys', 'node'],
  provider: ['read', 'wallet', 'node'],
  client: ['submit', 'read', 'wallet', 'keys'],
};
