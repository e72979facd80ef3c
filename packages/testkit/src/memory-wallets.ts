import type { Account, BooksReader, Cooldown, Draft, JournalEntry, Posting, Stake } from '@plexus/core';

/** Who has what. */
export interface Purses {
  readonly accounts: Map<string, Account>;
  readonly entries: JournalEntry[];
  readonly addresses: Map<string, string>;
  readonly stakes: Map<string, Stake>;
  readonly cooldowns: Map<string, Cooldown>;
}

export function emptyWallets(): Purses {
  return { accounts: new Map(), entries: [], addresses: new Map(), stakes: new Map(), cooldowns: new Map() };
}

export function keepWallets({ addresses, stakes, cooldowns }: Purses, draft: Draft): void {
  for (const [address, accountId] of draft.addresses) addresses.set(address, accountId);
  for (const [id, stake] of draft.stakes) stakes.set(id, stake);
  for (const [id, cooldown] of draft.cooldowns) cooldowns.set(id, cooldown);
}

const HIDDEN = ['hold', 'release', 'cooled'];
const WITHIN = ['stake', 'unstake'];

export function walletReads(
  purses: Purses,
): Pick<BooksReader, 'pagePostings' | 'findAddress' | 'findStake' | 'listDueCooldowns'> {
  return {
    async pagePostings(accountId, { limit, offset }) {
      const all = purses.entries.toReversed().flatMap((entry) => postingsOf(entry, accountId));
      return { postings: all.slice(offset, offset + limit), total: all.length };
    },
    findAddress: async (address) => purses.addresses.get(address),
    findStake: async (accountId) => purses.stakes.get(accountId),
    async listDueCooldowns(now, limit) {
      const due = [...purses.cooldowns.values()].filter(({ maturedAt, readyAt }) => !maturedAt && readyAt <= now);
      return due.toSorted((a, b) => a.readyAt.getTime() - b.readyAt.getTime()).slice(0, limit);
    },
  };
}

function postingsOf(entry: JournalEntry, accountId: string): readonly Posting[] {
  if (HIDDEN.includes(entry.kind)) return [];
  const isIn = entry.credit.accountId === accountId && !WITHIN.includes(entry.kind);
  const isOut = entry.debit.accountId === accountId;
  return [...(isIn ? [{ entry, side: 'in' } as const] : []), ...(isOut ? [{ entry, side: 'out' } as const] : [])];
}
