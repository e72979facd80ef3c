import type { BooksReader } from '@plexus/core';
import type { Row } from './adapter.ts';
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
      const rows = await many(sql, values, (row) => ({ posting: readPosting(row), total: readTotal(row) }));
      // A page beyond the last has no row that says it.
      const total = rows[0]?.total ?? (await one(COUNT_POSTINGS, [accountId, accountId], readTotal));
      return { postings: rows.map(({ posting }) => posting), total: total ?? 0 };
    },
    findAddress: async (address) => one(FIND_ADDRESS, [address], (row) => readText(row, 'account_id')),
    findStake: async (accountId) => one(FIND_STAKE, [accountId], readStake),
    listDueCooldowns: async (now, limit) => many(DUE_COOLDOWNS, [now.getTime(), limit], readCooldown),
  };
}

function readTotal(row: Row): number {
  return readNumber(row, 'total');
}
