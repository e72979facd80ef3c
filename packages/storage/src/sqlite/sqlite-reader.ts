import { type BooksReader, dayOf, emptyDay, readFeedRows } from '@plexus/core';
import { ACCOUNT_COLUMNS, KEY_COLUMNS, readAccount, readClaim, readEntry, readKey } from './account-rows.ts';
import type { Database, Row } from './adapter.ts';
import { type Columns, readBytes, readMoney, readNumber, readOptional, readText } from './columns.ts';
import { DAY_COUNT_COLUMNS, readDaySums } from './count-rows.ts';
import { fleetReads } from './fleet-reads.ts';
import { LAST_EVENT, readFeedRow, ROWS_FROM } from './feed-rows.ts';
import { jobIdsQuery, readJobPage } from './job-pages.ts';
import { JOB_COLUMNS, readJob, readListedJob } from './job-rows.ts';
import { entriesQuery, jobsQuery } from './list-queries.ts';
import {
  RECEIPT_COLUMNS,
  NODE_COLUMNS,
  readNode,
  readReceipt,
  readScore,
  readTreeHead,
  SCORE_COLUMNS,
  TREE_HEAD_COLUMNS,
} from './node-rows.ts';
import {
  COUNT_OFFERS,
  EXPIRED_OFFERS,
  FIND_ACCEPTANCE,
  FIND_OFFER,
  offersQuery,
  readAcceptance,
  readOffer,
} from './offer-rows.ts';
import { createQueries, type Queries, where } from './queries.ts';
import {
  COUNT_PENDING,
  deliveriesQuery,
  DUE_DELIVERIES,
  FIND_DELIVERY,
  FIND_SECRET,
  NEXT_HOST,
  readDelivery,
  readSecret,
} from './webhook-rows.ts';
import { proofReads } from './proof-rows.ts';
import { walletReads } from './wallet-reads.ts';

const OPEN = "state IN ('queued', 'running')";

/** Reads what is committed, over a connection of its own. */
export function createSqliteReader(database: Database): BooksReader {
  return createReader(createQueries(database));
}

/** The reads of any database, with `?` where a value stands. */
export function createReader(queries: Queries): BooksReader {
  return {
    ...accountReads(queries),
    ...jobReads(queries),
    ...countReads(queries),
    ...nodeReads(queries),
    ...logReads(queries),
    ...feedReads(queries),
    ...webhookReads(queries),
    ...walletReads(queries),
    ...proofReads(queries),
    ...offerReads(queries),
    ...fleetReads(queries),
    ...sums(queries),
  };
}

type Reads<M extends keyof BooksReader> = Pick<BooksReader, M>;

function accountReads({
  one,
  many,
}: Queries): Reads<'findAccount' | 'findKey' | 'findKeyByHash' | 'listKeys' | 'listEntries' | 'findClaim'> {
  const account = `SELECT ${names(ACCOUNT_COLUMNS)} FROM account`;
  const key = `SELECT ${names(KEY_COLUMNS)} FROM api_key`;
  return {
    findAccount: async (id) => one(`${account} WHERE id = ?`, [id], readAccount),
    findKey: async (id) => one(`${key} WHERE id = ?`, [id], readKey),
    findKeyByHash: async (hash) => one(`${key} WHERE hash = ?`, [hash], readKey),
    async listKeys(accountId, { limit, after }) {
      const { sql, values } = where({ 'account_id = ?': accountId, 'id < ?': after });
      return many(`${key}${sql} ORDER BY id DESC LIMIT ?`, [...values, limit], readKey);
    },
    async listEntries(accountId, filter, page) {
      const { sql, values } = entriesQuery(accountId, filter, page);
      return many(sql, values, readEntry);
    },
    async findClaim(accountId, claimKey) {
      const sql = 'SELECT request_hash, answer FROM claim WHERE account_id = ? AND claim_key = ?';
      return one(sql, [accountId, claimKey], readClaim);
    },
  };
}

function jobReads({
  one,
  many,
}: Queries): Reads<'findJob' | 'findJobByIdempotencyKey' | 'listJobs' | 'listJobIds' | 'listOpenJobs'> {
  const job = `SELECT ${names(JOB_COLUMNS)} FROM job`;
  return {
    findJob: async (id) => one(`${job} WHERE id = ?`, [id], readJob),
    async findJobByIdempotencyKey(accountId, key) {
      return one(`${job} WHERE account_id = ? AND idempotency_key = ?`, [accountId, key], readJob);
    },
    async listJobs(filter, page) {
      const { sql, values } = jobsQuery(filter, page);
      return many(sql, values, readListedJob);
    },
    async listJobIds(query) {
      const { sql, values } = jobIdsQuery(query);
      return many(sql, values, (row) => readText(row, 'id'));
    },
    async listOpenJobs({ limit, after }) {
      const { sql, values } = where({ 'id > ?': after }, [OPEN]);
      return many(`${job}${sql} ORDER BY id LIMIT ?`, [...values, limit], readJob);
    },
  };
}

function countReads(queries: Queries): Reads<'pageJobs' | 'countJobs' | 'sumDays'> {
  const { one } = queries;
  const figures = Object.keys(DAY_COUNT_COLUMNS).filter((name) => name !== 'day');
  // PostgreSQL sums whole numbers as decimals of any size.
  const sums = figures.map((name) => `CAST(COALESCE(SUM(${name}), 0) AS BIGINT) AS ${name}`).join(', ');
  return {
    pageJobs: async (accountId, filter, page) => readJobPage(queries, accountId, filter, page),
    async countJobs(day) {
      const sql = 'SELECT opened FROM day_count WHERE day = ?';
      return (await one(sql, [dayOf(new Date(day))], (row) => readNumber(row, 'opened'))) ?? 0;
    },
    async sumDays() {
      const { day: _day, ...nothing } = emptyDay(0);
      return (await one(`SELECT ${sums} FROM day_count`, [], readDaySums)) ?? nothing;
    },
  };
}

function nodeReads({
  one,
  many,
}: Queries): Reads<'findNode' | 'listNodes' | 'listNodesOf' | 'findScore' | 'listScores'> {
  const node = `SELECT ${names(NODE_COLUMNS)} FROM node`;
  const score = `SELECT ${names(SCORE_COLUMNS)} FROM node_score`;
  return {
    findNode: async (id) => one(`${node} WHERE id = ?`, [id], readNode),
    async listNodes({ limit, after }) {
      const { sql, values } = where({ 'id > ?': after });
      return many(`${node}${sql} ORDER BY id LIMIT ?`, [...values, limit], readNode);
    },
    async listNodesOf(accountId, limit) {
      const own = 'account_id = ? OR account_id IN (SELECT id FROM account WHERE owner_id = ?)';
      return many(`${node} WHERE ${own} ORDER BY id LIMIT ?`, [accountId, accountId, limit], readNode);
    },
    findScore: async (nodeId) => one(`${score} WHERE node_id = ?`, [nodeId], readScore),
    async listScores(limit) {
      return many(`${score} ORDER BY reputation DESC, node_id LIMIT ?`, [limit], readScore);
    },
  };
}

function logReads({
  one,
  many,
}: Queries): Reads<
  'findReceipt' | 'listReceipts' | 'countReceipts' | 'countLeaves' | 'listLogHashes' | 'findTreeHead'
> {
  const receipt = `SELECT leaf_index, ${names(RECEIPT_COLUMNS)} FROM receipt`;
  const head = `SELECT ${names(TREE_HEAD_COLUMNS)} FROM tree_head`;
  return {
    async findReceipt(jobId) {
      return one(`${receipt} WHERE leaf_index = (SELECT receipt_index FROM job WHERE id = ?)`, [jobId], readReceipt);
    },
    async listReceipts(nodeId, { limit, after }) {
      const before = after === undefined ? undefined : Number(after);
      const { sql, values } = where({ 'node_id = ?': nodeId, 'leaf_index < ?': before });
      return many(`${receipt}${sql} ORDER BY leaf_index DESC LIMIT ?`, [...values, limit], readReceipt);
    },
    async countReceipts(nodeId) {
      const sql = 'SELECT COUNT(*) AS receipts FROM receipt WHERE node_id = ?';
      return (await one(sql, [nodeId], (row) => readNumber(row, 'receipts'))) ?? 0;
    },
    async countLeaves() {
      const sql = 'SELECT COALESCE(MAX(leaf_index) + 1, 0) AS leaves FROM receipt';
      return (await one(sql, [], (row) => readNumber(row, 'leaves'))) ?? 0;
    },
    async listLogHashes(level, from, to) {
      const hash = (row: Row): Uint8Array => readBytes(row, 'hash');
      if (level === 0) {
        const leaves =
          'SELECT leaf_hash AS hash FROM receipt WHERE leaf_index >= ? AND leaf_index < ? ORDER BY leaf_index';
        return many(leaves, [from, to], hash);
      }
      const tiles = 'SELECT hash FROM log_tile WHERE level = ? AND idx >= ? AND idx < ? ORDER BY idx';
      return many(tiles, [level, from, to], hash);
    },
    async findTreeHead(size) {
      const { sql, values } = where({ 'tree_size = ?': size });
      return one(`${head}${sql} ORDER BY tree_size DESC LIMIT 1`, values, readTreeHead);
    },
  };
}

function feedReads({ one, many }: Queries): Reads<'listEvents' | 'lastEvent'> {
  return {
    listEvents: async (query) =>
      readFeedRows(await many(ROWS_FROM, [query.after + 1, query.limit], readFeedRow), query),
    lastEvent: async () => (await one(LAST_EVENT, [], (row) => readNumber(row, 'last'))) ?? 0,
  };
}

function webhookReads({
  one,
  many,
}: Queries): Reads<
  | 'findDelivery'
  | 'listDeliveries'
  | 'nextDeliveryHost'
  | 'listDueDeliveries'
  | 'countPendingDeliveries'
  | 'findWebhookSecret'
> {
  return {
    findDelivery: async (id) => one(FIND_DELIVERY, [id], readDelivery),
    async listDeliveries(filter, page) {
      const { sql, values } = deliveriesQuery(filter, page);
      return many(sql, values, readDelivery);
    },
    nextDeliveryHost: async (after) => one(NEXT_HOST, [after], (row) => readOptional(row, 'host', readText)),
    listDueDeliveries: async (host, now, limit) => many(DUE_DELIVERIES, [host, now.getTime(), limit], readDelivery),
    countPendingDeliveries: async () => (await one(COUNT_PENDING, [], (row) => readNumber(row, 'pending'))) ?? 0,
    findWebhookSecret: async (accountId) => one(FIND_SECRET, [accountId], readSecret),
  };
}

function offerReads({
  one,
  many,
}: Queries): Reads<'findOffer' | 'listOffers' | 'countOffers' | 'listExpiredOffers' | 'findAcceptance'> {
  return {
    findOffer: async (id) => one(FIND_OFFER, [id], readOffer),
    async listOffers(query, now, limit) {
      const { sql, values } = offersQuery(query, now, limit);
      return many(sql, values, readOffer);
    },
    countOffers: async (nodeId) => (await one(COUNT_OFFERS, [nodeId], (row) => readNumber(row, 'offers'))) ?? 0,
    listExpiredOffers: async (now, limit) => many(EXPIRED_OFFERS, [now.getTime(), limit], (row) => readText(row, 'id')),
    findAcceptance: async (jobId) => one(FIND_ACCEPTANCE, [jobId], readAcceptance),
  };
}

function sums({ one }: Queries): Reads<'totals'> {
  // One statement, so that all figures are of one instant.
  const sql = `
    SELECT all_accounts.total AS total, all_accounts.held AS held, open_jobs.holds AS holds, open_jobs.jobs AS jobs
    FROM (SELECT COALESCE(SUM(total), 0) AS total, COALESCE(SUM(held), 0) AS held FROM account_total) AS all_accounts,
         (SELECT COALESCE(SUM(hold), 0) AS holds, COUNT(*) AS jobs FROM job WHERE ${OPEN}) AS open_jobs`;
  const read = (row: Row) => ({
    sum: readMoney(row, 'total'),
    held: readMoney(row, 'held'),
    openHolds: readMoney(row, 'holds'),
    openJobs: readNumber(row, 'jobs'),
  });
  return {
    totals: async () => (await one(sql, [], read)) ?? { sum: 0n, held: 0n, openHolds: 0n, openJobs: 0 },
  };
}

function names(columns: Columns<never>): string {
  return Object.keys(columns).join(', ');
}
