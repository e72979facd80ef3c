import type { BooksReader } from '@plexus/core';
import { readNumber, readText } from './columns.ts';
import type { Queries } from './queries.ts';
import {
  COUNT_POSTINGS,
  DUE_COOLDOWNS,
  FIND_ADDRESS,
  FIND_STAKE,
  postingsQuery,
  readCooldown,
  readPosting,
  readStake,
} from './wallet-rows.ts';

/** Reads of addresses, stakes, and of the journal as an account sees it. */
export function walletReads({
  one,
  many,
}: Queries): Pick<BooksReader, 'pagePostings' | 'findAddress' | 'findStake' | 'listDueCooldowns'> {
  return {
    async pagePostings(accountId, page) {
      const { sql, values } = postingsQuery(accountId, page);
      const [postings, total = 0] = await Promise.all([
        many(sql, values, readPosting),
        one(COUNT_POSTINGS, [accountId, accountId], (row) => readNumber(row, 'total')),
      ]);
      return { postings, total };
    },
    findAddress: async (address) => one(FIND_ADDRESS, [address], (row) => readText(row, 'account_id')),
    findStake: async (accountId) => one(FIND_STAKE, [accountId], readStake),
    listDueCooldowns: async (now, limit) => many(DUE_COOLDOWNS, [now.getTime(), limit], readCooldown),
  };
}
