import type { Account } from '../accounts/account.ts';
import { readAccount } from '../accounts/read-account.ts';
import type { Books } from '../books/books.ts';
import { insufficient } from '../books/insufficient.ts';

const REMEMBERED_ACCOUNTS = 10_000;

/**
 * What each account can still spend, with the holds that are decided but not yet on disk. Where nobody else writes this
 * is exact, so that a task can begin before its hold is written (DESIGN.md 1); the books check again when they write.
 * Where others write too nothing is set aside here: an account that has too little is refused as the books have it, and
 * what decides is the hold itself, which is written first.
 */
export interface CreditView {
  /**
   * Sets credits aside until `forget` is called with the same amount.
   *
   * @throws {DomainError} INSUFFICIENT_BALANCE, ACCOUNT_NOT_FOUND
   */
  reserve(accountId: string, amount: bigint): Promise<void>;
  /** The hold is in the books now, or will never be. */
  forget(accountId: string, amount: bigint): void;
  /** Accounts as the books have them after a commit. */
  update(accounts: readonly Account[]): void;
}

interface View {
  available: bigint;
  reserved: bigint;
}

export function createCreditView({ read, isSoleWriter }: Pick<Books, 'read' | 'isSoleWriter'>): CreditView {
  return isSoleWriter ? createExactView(read) : createGlance(read);
}

/** Whoever sets less than nothing aside would have more to spend. */
function requireAmount(amount: bigint): void {
  if (amount < 0n) throw new RangeError(`A hold cannot be negative: ${amount}`);
}

type Accounts = Pick<Books['read'], 'findAccount'>;

function createGlance(read: Accounts): CreditView {
  return {
    async reserve(accountId, amount) {
      requireAmount(amount);
      const { available } = await readAccount(read, accountId);
      if (available < amount) throw insufficient(amount, available);
    },
    forget: () => undefined,
    update: () => undefined,
  };
}

function createExactView(read: Accounts): CreditView {
  const views = new Map<string, View>();

  /** Synchronous, so that nobody can forget the account before something is set aside. */
  function remember({ id, available }: Account): View {
    const known = views.get(id);
    if (known) return known;
    if (views.size >= REMEMBERED_ACCOUNTS) evictIdle(views);
    const view = { available, reserved: 0n };
    views.set(id, view);
    return view;
  }

  return {
    async reserve(accountId, amount) {
      requireAmount(amount);
      const view = views.get(accountId) ?? remember(await readAccount(read, accountId));
      const available = view.available - view.reserved;
      if (available < amount) throw insufficient(amount, available);
      view.reserved += amount;
    },

    forget(accountId, amount) {
      const view = views.get(accountId);
      if (view) view.reserved -= amount;
    },

    update(accounts) {
      for (const account of accounts) {
        const view = views.get(account.id);
        if (view) view.available = account.available;
      }
    },
  };
}

function evictIdle(views: Map<string, View>): void {
  for (const [id, view] of views) if (view.reserved === 0n) views.delete(id);
}
