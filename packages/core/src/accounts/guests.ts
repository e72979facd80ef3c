import type { Books } from '../books/books.ts';
import type { Account } from './account.ts';
import type { ApiKey } from './api-key.ts';
import { type Caller, callerOf } from './caller.ts';
import { issueKey, type KeyIssuer } from './issue-key.ts';
import { uuidFrom } from './uuid-from.ts';

/** Guests whose accounts are remembered. */
const MAX_REMEMBERED = 10_000;

export interface GuestsDeps {
  readonly books: Pick<Books, 'commit'>;
  readonly issuer: KeyIssuer;
  readonly mintId: string;
  readonly onAccounts: (accounts: readonly Account[]) => void;
}

/**
 * Callers without a key, told apart by where they call from, and at which node: a node could say any address, and so
 * must not reach what is another node's guest's.
 */
export interface Guests {
  /** The caller that an address stands for at a node: always the same account, which need not exist yet. */
  callerAt(address: string, nodeId: string): Caller;
  /** Opens a guest's account, empty, where it does not exist; does nothing for whoever has a key. */
  open(caller: Caller): Promise<void>;
}

interface Guest {
  readonly caller: Caller;
  /** Address and node. */
  readonly place: string;
  readonly address: string;
  readonly key: ApiKey;
  opening?: Promise<void>;
}

export function createGuests({ books, issuer, mintId, onAccounts }: GuestsDeps): Guests {
  const guests = new Map<string, Guest>();
  const byAccount = new Map<string, Guest>();

  /** Nobody else can reckon a guest's account, and nobody is ever shown its key. */
  function meet(address: string, place: string): Guest {
    const seed = `guest ${place}`;
    const accountId = uuidFrom(issuer.hashText(`account ${issuer.newSecret(seed)}`));
    const scopes = ['submit', 'read'] as const;
    const request = { accountId, label: 'calls without a key', role: 'client', scopes } as const;
    const { key } = issueKey(issuer, request, `key of ${seed}`);
    return { caller: callerOf(key), place, address, key };
  }

  /** Makes a guest the newest, and forgets who has not called for longest. */
  function remember(guest: Guest): void {
    guests.delete(guest.place);
    guests.set(guest.place, guest);
    byAccount.set(guest.caller.accountId, guest);
    if (guests.size <= MAX_REMEMBERED) return;
    const [oldest = guest] = guests.values();
    guests.delete(oldest.place);
    byAccount.delete(oldest.caller.accountId);
  }

  async function openAccount({ address, key }: Guest): Promise<void> {
    const account = { id: key.accountId, kind: 'client', name: address, createdAt: issuer.clock() } as const;
    const outcome = await books.commit({ type: 'openAccount', account, key, grant: 0n, mintId });
    onAccounts(outcome.accounts);
  }

  return {
    callerAt(address, nodeId) {
      const place = `${address} at ${nodeId}`;
      const guest = guests.get(place) ?? meet(address, place);
      remember(guest);
      return guest.caller;
    },

    async open({ accountId }) {
      const guest = byAccount.get(accountId);
      if (!guest) return;
      guest.opening ??= openAccount(guest);
      try {
        await guest.opening;
      } catch (error) {
        delete guest.opening;
        throw error;
      }
    },
  };
}
