import type { FleetReader, ParticipantTotals, PayoutFilter, PayoutSums } from '@plexus/core';
import type { Row, SqlValue } from './adapter.ts';
import { type Columns, present, readMoney, readNumber, readOptional, readTime } from './columns.ts';
import {
  CHUNK_COLUMNS,
  PARTICIPANT_COLUMNS,
  PAYOUT_COLUMNS,
  PLAN_COLUMNS,
  readChunk,
  readParticipant,
  readPayout,
  readPlan,
  readState,
  readWorker,
  WORKER_COLUMNS,
} from './fleet-rows.ts';
import { type Queries, where } from './queries.ts';

const names = (columns: Columns<never>): string => Object.keys(columns).join(', ');

const PARTICIPANT = `SELECT ${names(PARTICIPANT_COLUMNS)} FROM participant`;
const WORKER = `SELECT ${names(WORKER_COLUMNS)} FROM fleet_worker`;
const STATE = 'SELECT state FROM worker_state';
const CHUNK = `SELECT ${names(CHUNK_COLUMNS)} FROM worker_series`;
const PAYOUT = `SELECT ${names(PAYOUT_COLUMNS)} FROM payout`;
const PLAN = `SELECT ${names(PLAN_COLUMNS)} FROM payout_plan`;
const PLANNED_UNTIL = "SELECT last FROM fleet_counter WHERE name = 'plan'";
const PAGE = 'LIMIT ? OFFSET ?';

/** PostgreSQL sums whole numbers as decimals of any size. */
const sum = (what: string): string => `CAST(SUM(${what}) AS BIGINT)`;

/** A sum of money may not fit the 64 bits of its column: thousands of millions and the rest are added up by themselves. */
const HIGH = 1_000_000_000n;
const sumOfMoney = (what: string, name: string): string =>
  `${sum(`${what} / ${HIGH}`)} AS ${name}_high, ${sum(`${what} % ${HIGH}`)} AS ${name}_low`;

/** @returns undefined for the sum of nothing */
function readSumOfMoney(row: Row, name: string): bigint | undefined {
  const high = readOptional(row, `${name}_high`, readMoney);
  return high === undefined ? undefined : high * HIGH + readMoney(row, `${name}_low`);
}

const TOTALS = `
  SELECT participant.id AS id, COALESCE(machines.workers, 0) AS workers, COALESCE(machines.active, 0) AS active,
    machines.revenue_high, machines.revenue_low, COALESCE(paid.payouts, 0) AS payouts, paid.last_at AS last_at
  FROM participant
  LEFT JOIN (
    SELECT participant_id, COUNT(*) AS workers, ${sum('is_active')} AS active,
      ${sumOfMoney('worker_state.revenue', 'revenue')}
    FROM fleet_worker LEFT JOIN worker_state ON worker_state.worker_id = fleet_worker.id
    WHERE participant_id >= ? AND participant_id <= ? GROUP BY participant_id
  ) AS machines ON machines.participant_id = participant.id
  LEFT JOIN (
    SELECT participant_id, COUNT(*) AS payouts, MAX(transaction_at) AS last_at
    FROM payout WHERE participant_id >= ? AND participant_id <= ? GROUP BY participant_id
  ) AS paid ON paid.participant_id = participant.id
  WHERE participant.id >= ? AND participant.id <= ? ORDER BY participant.id`;

const SUMS = `
  SELECT COUNT(*) AS payouts, COALESCE(${sum('is_confirmed')}, 0) AS confirmed, ${sumOfMoney('amount', 'amount')},
    ${sumOfMoney('usd_micro', 'usd')}, MIN(transaction_at) AS first_at, MAX(transaction_at) AS last_at
  FROM payout WHERE participant_id = ?`;

/** Reads of the fleet, over any database. */
export function fleetReads(queries: Queries): FleetReader {
  return { ...participantReads(queries), ...workerReads(queries), ...payoutReads(queries) };
}

type Reads<M extends keyof FleetReader> = Pick<FleetReader, M>;

function participantReads({
  one,
  many,
}: Queries): Reads<'findParticipant' | 'findParticipantByWallet' | 'listParticipants' | 'listParticipantTotals'> {
  return {
    findParticipant: async (id) => one(`${PARTICIPANT} WHERE id = ?`, [id], readParticipant),
    findParticipantByWallet: async (wallet) => one(`${PARTICIPANT} WHERE raw_wallet = ?`, [wallet], readParticipant),
    listParticipants: async ({ limit, offset }) =>
      many(`${PARTICIPANT} ORDER BY id ${PAGE}`, [limit, offset], readParticipant),
    listParticipantTotals: async (first, last) => many(TOTALS, [first, last, first, last, first, last], readTotals),
  };
}

function readTotals(row: Row): ParticipantTotals {
  return {
    participantId: readNumber(row, 'id'),
    workers: readNumber(row, 'workers'),
    activeWorkers: readNumber(row, 'active'),
    revenue: readSumOfMoney(row, 'revenue') ?? 0n,
    payouts: readNumber(row, 'payouts'),
    ...present({ lastPayoutAt: readOptional(row, 'last_at', readTime) }),
  };
}

function workerReads({
  one,
  many,
}: Queries): Reads<'findWorker' | 'listWorkers' | 'findWorkerState' | 'listWorkerStates' | 'listChunks'> {
  return {
    findWorker: async (id) => one(`${WORKER} WHERE id = ?`, [id], readWorker),
    async listWorkers({ participantId, isActive }, { limit, offset }) {
      const active = isActive === undefined ? undefined : Number(isActive);
      const { sql, values } = where({ 'participant_id = ?': participantId, 'is_active = ?': active });
      return many(`${WORKER}${sql} ORDER BY id ${PAGE}`, [...values, limit, offset], readWorker);
    },
    findWorkerState: async (id) => one(`${STATE} WHERE worker_id = ?`, [id], readState),
    listWorkerStates: async (first, last) =>
      many(`${STATE} WHERE worker_id >= ? AND worker_id <= ? ORDER BY worker_id`, [first, last], readState),
    async listChunks(workerId, resolution, from, before) {
      const sql = `${CHUNK} WHERE worker_id = ? AND resolution = ? AND start_at >= ? AND start_at < ? ORDER BY start_at`;
      return many(sql, [workerId, resolution, from.getTime(), before.getTime()], readChunk);
    },
  };
}

function payoutReads({
  one,
  many,
}: Queries): Reads<'findPayout' | 'listPayouts' | 'sumPayouts' | 'plannedUntilMs' | 'findPlan' | 'listPlans'> {
  return {
    findPayout: async (id) => one(`${PAYOUT} WHERE id = ?`, [id], readPayout),
    async listPayouts(filter, { limit, offset }) {
      const { sql, values } = where(conditionsOf(filter));
      return many(
        `${PAYOUT}${sql} ORDER BY transaction_at DESC, id DESC ${PAGE}`,
        [...values, limit, offset],
        readPayout,
      );
    },
    async sumPayouts(participantId) {
      return (await one(SUMS, [participantId], readSums)) ?? { payouts: 0, confirmed: 0, amount: 0n };
    },
    plannedUntilMs: async () => (await one(PLANNED_UNTIL, [], (row) => readNumber(row, 'last'))) ?? 0,
    findPlan: async (id) => one(`${PLAN} WHERE id = ?`, [id], readPlan),
    listPlans: async ({ limit, offset }) =>
      many(`${PLAN} ORDER BY created_at DESC, id DESC ${PAGE}`, [limit, offset], readPlan),
  };
}

function conditionsOf({
  participantId,
  isConfirmed,
  from,
  before,
}: PayoutFilter): Record<string, SqlValue | undefined> {
  return {
    'participant_id = ?': participantId,
    'is_confirmed = ?': isConfirmed === undefined ? undefined : Number(isConfirmed),
    'transaction_at >= ?': from?.getTime(),
    'transaction_at < ?': before?.getTime(),
  };
}

function readSums(row: Row): PayoutSums {
  return {
    payouts: readNumber(row, 'payouts'),
    confirmed: readNumber(row, 'confirmed'),
    amount: readSumOfMoney(row, 'amount') ?? 0n,
    ...present({
      usdMicro: readSumOfMoney(row, 'usd'),
      firstAt: readOptional(row, 'first_at', readTime),
      lastAt: readOptional(row, 'last_at', readTime),
    }),
  };
}
