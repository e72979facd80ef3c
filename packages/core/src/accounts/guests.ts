import type { Books } from '../books/books.ts';
import type { Account } from './account.ts';
import { type Caller, callerOf } from './caller.ts';
import { issueKey, type KeyIssuer } from './issue-key.ts';
import { uuidFrom } from './uuid-from.ts';

/** Addresses whose accounts are remembered. */
const MAX_REMEMBERED = 10_000;

export interface GuestsDeps {
  readonly books: Pick<Books, 'commit'>;
  readonly issuer: KeyIssuer;
  readonly mintId: string;
  readonly onAccounts: (accounts: readonly Account[]) => void;
}

/** Callers without a key, told apart by where they call from. */
export interface Guests {
  /** The caller that an address stands for: always the same account, which is opened at its first call, empty. */
  callerAt(address: string): Promise<Caller>;
}

export function createGuests({ books, issuer, mintId, onAccounts }: GuestsDeps): Guests {
  const remembered = new Map<string, Promise<Caller>>();

  async function open(address: string): Promise<Caller> {
    const seed = `guest ${address}`;
    // The account of an address can be reckoned by nobody else, and nobody is ever shown its key.
    const id = uuidFrom(issuer.hashText(`account ${issuer.newSecret(seed)}`));
    const request = {
      accountId: id,
      label: 'calls without a key',
      role: 'client',
      scopes: ['submit', 'read'],
    } as const;
    const { key } = issueKey(issuer, request, `key of ${seed}`);
    const account = { id, kind: 'client', name: address, createdAt: issuer.clock() } as const;
    const outcome = await books.commit({ type: 'openAccount', account, key, grant: 0n, mintId });
    onAccounts(outcome.accounts);
    return callerOf(key);
  }

  return {
    callerAt(address) {
      const known = remembered.get(address);
      if (known) return known;
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      const opening = open(address);
      remembered.set(address, opening);
      opening.catch(() => remembered.delete(address));
      return opening;
    },
  };
}
