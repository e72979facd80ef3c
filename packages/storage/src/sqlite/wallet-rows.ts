import type { Cooldown, OffsetPage, Posting, Stake } from '@plexus/core';
import { readEntry, TRANSFER_COLUMNS } from './account-rows.ts';
import type { Row } from './adapter.ts';
import {
  type Columns,
  present,
  readMoney,
  readNumber,
  readOptional,
  readText,
  readTime,
  readWord,
  toTime,
} from './columns.ts';
import type { Query } from './queries.ts';

/** An address and who has it. */
export type Named = readonly [address: string, accountId: string];

export const ADDRESS_COLUMNS: Columns<Named> = {
  address: ([address]) => address,
  account_id: ([, accountId]) => accountId,
};

export const STAKE_COLUMNS: Columns<Stake> = {
  account_id: (stake) => stake.accountId,
  amount: (stake) => stake.amount,
  duration_days: (stake) => stake.durationDays,
  started_at: (stake) => toTime(stake.startedAt),
  unlock_at: (stake) => toTime(stake.unlockAt),
};

export function readStake(row: Row): Stake {
  return {
    accountId: readText(row, 'account_id'),
    amount: readMoney(row, 'amount'),
    durationDays: readNumber(row, 'duration_days'),
    startedAt: readTime(row, 'started_at'),
    unlockAt: readTime(row, 'unlock_at'),
  };
}

export const COOLDOWN_COLUMNS: Columns<Cooldown> = {
  id: (cooldown) => cooldown.id,
  account_id: (cooldown) => cooldown.accountId,
  amount: (cooldown) => cooldown.amount,
  started_at: (cooldown) => toTime(cooldown.startedAt),
  ready_at: (cooldown) => toTime(cooldown.readyAt),
  matured_at: (cooldown) => toTime(cooldown.maturedAt),
};

export function readCooldown(row: Row): Cooldown {
  return {
    id: readText(row, 'id'),
    accountId: readText(row, 'account_id'),
    amount: readMoney(row, 'amount'),
    startedAt: readTime(row, 'started_at'),
    readyAt: readTime(row, 'ready_at'),
    ...present({ maturedAt: readOptional(row, 'matured_at', readTime) }),
  };
}

const namesOf = (columns: Columns<never>): string => Object.keys(columns).join(', ');

export const FIND_ADDRESS = 'SELECT account_id FROM address WHERE address = ?';
export const FIND_STAKE = `SELECT ${namesOf(STAKE_COLUMNS)} FROM stake WHERE account_id = ?`;
export const FIND_COOLDOWN = `SELECT ${namesOf(COOLDOWN_COLUMNS)} FROM cooldown WHERE id = ?`;
export const DUE_COOLDOWNS = `SELECT ${namesOf(COOLDOWN_COLUMNS)} FROM cooldown
  WHERE matured_at IS NULL AND ready_at <= ? ORDER BY ready_at LIMIT ?`;

/** What an account sees of the journal: an entry that stays within the account on its outer side only. */
const OUT = "debit_account = ? AND kind NOT IN ('hold', 'release') AND kind <> 'cooled'";
const IN = "credit_account = ? AND kind NOT IN ('hold', 'release') AND kind NOT IN ('cooled', 'stake', 'unstake')";
const COLUMNS = `sequence, ${namesOf(TRANSFER_COLUMNS)}`;

export const COUNT_POSTINGS = `SELECT (SELECT COUNT(*) FROM transfer WHERE ${OUT})
  + (SELECT COUNT(*) FROM transfer WHERE ${IN}) AS total`;

/** Newest first: the newest of both indexes, merged; in one statement with their count, which thus is of the same moment. */
export function postingsQuery(accountId: string, { limit, offset }: OffsetPage): Query {
  const newest = (side: string, where: string) =>
    `SELECT * FROM (SELECT ${COLUMNS}, '${side}' AS side FROM transfer WHERE ${where} ORDER BY sequence DESC LIMIT ?) AS ${side}going`;
  const page = `${newest('out', OUT)} UNION ALL ${newest('in', IN)} ORDER BY sequence DESC, side LIMIT ? OFFSET ?`;
  return {
    sql: `SELECT page.*, (${COUNT_POSTINGS}) AS total FROM (${page}) AS page ORDER BY sequence DESC, side`,
    values: [accountId, accountId, accountId, offset + limit, accountId, offset + limit, limit, offset],
  };
}

export function readPosting(row: Row): Posting {
  return { entry: readEntry(row), side: readWord(row, 'side') };
}
