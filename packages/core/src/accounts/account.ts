/**
 * `mint` and `fees` are the network's own: one of each a replica, summed when read, so that none is a hot row.
 * A `custody` account keeps the rewards of a node that proved no identity, or what was sent to an address that nobody has
 * yet, whose id it bears; nobody has a key to it.
 */
export type AccountKind = 'client' | 'node' | 'custody' | 'mint' | 'fees';

/** The four parts of a balance. Source: seed 003, wallet (available, staked, pending) and the holds of ours. */
export type BalancePart = 'available' | 'held' | 'staked' | 'cooling';

/** Somebody who can own credits. All amounts are micro-credits; only a mint's available part may be negative. */
export interface Account {
  readonly id: string;
  readonly kind: AccountKind;
  /** The account whose keys may act for this one: a node's owner. */
  readonly ownerId?: string;
  readonly name: string;
  readonly email?: string;
  readonly available: bigint;
  readonly held: bigint;
  readonly staked: bigint;
  readonly cooling: bigint;
  /** Everything ever earned by work, and spent on it. */
  readonly earned: bigint;
  readonly spent: bigint;
  readonly createdAt: Date;
}

/** An account as it is when it is opened: nothing in it. */
export function emptyAccount(
  account: Pick<Account, 'id' | 'kind' | 'name' | 'createdAt' | 'ownerId' | 'email'>,
): Account {
  return { ...account, available: 0n, held: 0n, staked: 0n, cooling: 0n, earned: 0n, spent: 0n };
}
