import type { LoadedState, Touched } from '@plexus/core';
import { claimId } from '@plexus/core';
import { ACCOUNT_COLUMNS, KEY_COLUMNS, readAccount, readClaim, readKey } from '../sqlite/account-rows.ts';
import type { Row } from '../sqlite/adapter.ts';
import { readNumber, readText } from '../sqlite/columns.ts';
import {
  PARTICIPANT_COLUMNS,
  PLAN_COLUMNS,
  readParticipant,
  readPlan,
  readWorker,
  WORKER_COLUMNS,
} from '../sqlite/fleet-rows.ts';
import { JOB_HEAD_COLUMNS, readJobHead } from '../sqlite/job-rows.ts';
import { NODE_COLUMNS, readNode, readScore, SCORE_COLUMNS } from '../sqlite/node-rows.ts';
import { ACCEPTANCE_COLUMNS, OFFER_COLUMNS, readAcceptance, readOffer } from '../sqlite/offer-rows.ts';
import { toSqlText } from '../sqlite/text.ts';
import { DELIVERY_COLUMNS, readDelivery, readSecret, SECRET_COLUMNS } from '../sqlite/webhook-rows.ts';
import { COOLDOWN_COLUMNS, readCooldown, readStake, STAKE_COLUMNS } from '../sqlite/wallet-rows.ts';
import { encodeArray } from './binary-array.ts';
import type { RowMemory } from './row-memory.ts';
import type { Statement } from './session.ts';

/** The reads that a batch needs before the rules can run, and what their rows come to. */
export interface Load {
  readonly statements: readonly Statement[];
  read(answers: readonly (readonly Row[])[]): LoadedState;
}

/** Several writers must know that nothing which they read changes before they have written. */
export interface LoadOptions {
  /** Rows are locked in one order: by table in the order of `Touched`, within it by key. */
  readonly locks: boolean;
  /** Whether the batch numbers leaves of the log. */
  readonly numbersLeaves: boolean;
  /** What need not be read again; empty where others write, too. */
  readonly memory: RowMemory;
}

/** Whoever numbers leaves or events is the only one until its transaction ends. */
export const LOG_LOCK: Statement = { name: 'lock log', text: 'SELECT pg_advisory_xact_lock(7587369, 1)' };
const LEAVES: Statement = {
  name: 'count leaves',
  text: 'SELECT COALESCE(MAX(leaf_index) + 1, 0) AS leaves FROM receipt',
};

/** Reads rows of one table by their keys. */
interface Finder<T> {
  readonly statement: (keys: readonly string[], locks: boolean) => Statement;
  readonly read: (row: Row) => readonly [key: string, value: T];
}

const ACCOUNTS = byKey('account', { key: 'id', columns: Object.keys(ACCOUNT_COLUMNS).join(', ') }, readAccount);
const KEYS = byKey('api_key', { key: 'id', columns: Object.keys(KEY_COLUMNS).join(', ') }, readKey);
const JOBS = byKey('job', { key: 'id', columns: JOB_HEAD_COLUMNS }, readJobHead);
const NODES = byKey('node', { key: 'id', columns: Object.keys(NODE_COLUMNS).join(', ') }, readNode);
const SCORES = byKey('node_score', { key: 'node_id', columns: Object.keys(SCORE_COLUMNS).join(', ') }, readScore);
const RATINGS = byKey('rating', { key: 'job_id', columns: 'job_id, rating' }, (row) => readNumber(row, 'rating'));
const DELIVERIES = byKey(
  'webhook_delivery',
  { key: 'id', columns: Object.keys(DELIVERY_COLUMNS).join(', ') },
  readDelivery,
);
const SECRETS = byKey(
  'webhook_secret',
  { key: 'account_id', columns: Object.keys(SECRET_COLUMNS).join(', ') },
  readSecret,
);
const ADDRESSES = byKey('address', { key: 'address', columns: 'address, account_id' }, (row) =>
  readText(row, 'account_id'),
);
const STAKES = byKey('stake', { key: 'account_id', columns: Object.keys(STAKE_COLUMNS).join(', ') }, readStake);
const COOLDOWNS = byKey('cooldown', { key: 'id', columns: Object.keys(COOLDOWN_COLUMNS).join(', ') }, readCooldown);
const OFFERS = byKey('offer', { key: 'id', columns: Object.keys(OFFER_COLUMNS).join(', ') }, readOffer);
const ACCEPTANCES = byKey(
  'acceptance',
  { key: 'job_id', columns: Object.keys(ACCEPTANCE_COLUMNS).join(', ') },
  readAcceptance,
);
const PROOFS = byKey('proof', { key: 'id', columns: 'id' }, (row) => readText(row, 'id'));
const CLAIMS = byClaim('claim', { key: 'claim_key', columns: 'request_hash, answer' }, readClaim);
const JOB_CLAIMS = byClaim('job', { key: 'idempotency_key', columns: 'id' }, (row) => readText(row, 'id'));

const COUNTERS = byKey('fleet_counter', { key: 'name', columns: 'name, last' }, (row) => readNumber(row, 'last'));
const PARTICIPANTS = byNumber('participant', Object.keys(PARTICIPANT_COLUMNS), readParticipant);
const WALLETS = byKey('participant', { key: 'raw_wallet', columns: 'raw_wallet, id' }, (row) => readNumber(row, 'id'));
const WORKERS = byNumber('fleet_worker', Object.keys(WORKER_COLUMNS), readWorker);
const NODE_WORKERS = byKey(
  'fleet_worker',
  { key: 'node_id', columns: Object.keys(WORKER_COLUMNS).join(', ') },
  readWorker,
);
const PAYOUT_HASHES = byKey('payout', { key: 'transaction_hash', columns: 'transaction_hash, id' }, (row) =>
  readNumber(row, 'id'),
);
const PLANS = byKey('payout_plan', { key: 'id', columns: Object.keys(PLAN_COLUMNS).join(', ') }, readPlan);

/** What is needed of one table: what is remembered, and the rest from the database. */
interface Part<T> {
  readonly found: Map<string, T>;
  readonly statements: readonly Statement[];
  readonly read: (rows: readonly Row[]) => void;
}

export function planLoad(touched: Touched, { locks, numbersLeaves, memory }: LoadOptions): Load {
  const of = <T>(keys: ReadonlySet<string>, finder: Finder<T>, known: ReadonlyMap<string, T> = new Map()): Part<T> =>
    partOf({ keys, finder, known, locks });
  const parts = {
    accounts: of(touched.accounts, ACCOUNTS, memory.accounts),
    keys: of(touched.keys, KEYS, memory.keys),
    jobs: of(touched.jobs, JOBS, memory.jobs),
    nodes: of(touched.nodes, NODES),
    scores: of(touched.scores, SCORES, memory.scores),
    claims: of(touched.claims, CLAIMS),
    jobClaims: of(touched.jobClaims, JOB_CLAIMS),
    ratings: of(touched.ratings, RATINGS),
    deliveries: of(touched.deliveries, DELIVERIES),
    webhookSecrets: of(touched.webhookSecrets, SECRETS),
    addresses: of(touched.addresses, ADDRESSES),
    stakes: of(touched.stakes, STAKES),
    cooldowns: of(touched.cooldowns, COOLDOWNS),
    proofs: of(touched.proofs, PROOFS),
    offers: of(touched.offers, OFFERS),
    acceptances: of(touched.acceptances, ACCEPTANCES),
    fleetCounters: of(touched.fleetCounters, COUNTERS),
    participants: of(touched.participants, PARTICIPANTS),
    wallets: of(touched.wallets, WALLETS),
    workers: of(touched.workers, WORKERS),
    nodeWorkers: of(touched.nodeWorkers, NODE_WORKERS),
    payoutHashes: of(touched.payoutHashes, PAYOUT_HASHES),
    plans: of(touched.plans, PLANS),
  };
  const all = Object.values(parts);
  const counts = numbersLeaves && memory.leafCount === undefined;
  const leaves = counts ? [...(locks ? [LOG_LOCK] : []), LEAVES] : [];
  const reading = all.filter(({ statements }) => statements.length > 0);

  return {
    statements: [...reading.flatMap(({ statements }) => statements), ...leaves],
    read(answers) {
      reading.forEach(({ read }, at) => read(answers[at] ?? []));
      const [last] = counts ? (answers.at(-1) ?? []) : [];
      const found = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.found]));
      // Each part is found under its own name.
      const state = found as { readonly [P in keyof typeof parts]: (typeof parts)[P]['found'] };
      return { ...state, leafCount: last ? readNumber(last, 'leaves') : (memory.leafCount ?? 0) };
    },
  };
}

interface Wanted<T> {
  readonly keys: ReadonlySet<string>;
  readonly finder: Finder<T>;
  readonly known: ReadonlyMap<string, T>;
  readonly locks: boolean;
}

function partOf<T>({ keys, finder, known, locks }: Wanted<T>): Part<T> {
  const found = new Map<string, T>();
  const missing: string[] = [];
  for (const key of keys) {
    const value = known.get(key);
    if (value === undefined) missing.push(key);
    else found.set(key, value);
  }
  return {
    found,
    statements: missing.length === 0 ? [] : [finder.statement(missing, locks)],
    read: (rows) => rows.forEach((row) => found.set(...finder.read(row))),
  };
}

interface Source {
  readonly key: string;
  readonly columns: string;
}

function byKey<T>(table: string, { key, columns }: Source, read: (row: Row) => T): Finder<T> {
  const text = `SELECT ${columns} FROM ${table} WHERE ${key} = ANY($1::text[])`;
  return {
    statement: (keys, locks) => ({
      name: locks ? `lock ${table} by ${key}` : `load ${table} by ${key}`,
      text: locks ? `${text} ORDER BY ${key} FOR UPDATE` : text,
      values: [encodeArray('text', keys.map(toSqlText))],
    }),
    read: (row) => [readText(row, key), read(row)],
  };
}

/** Rows whose key is a number, which rules name as text. */
function byNumber<T>(table: string, columns: readonly string[], read: (row: Row) => T): Finder<T> {
  const text = `SELECT ${columns.join(', ')} FROM ${table} WHERE id = ANY($1::int8[])`;
  return {
    statement: (keys, locks) => ({
      name: locks ? `lock ${table}` : `load ${table}`,
      text: locks ? `${text} ORDER BY id FOR UPDATE` : text,
      values: [encodeArray('int8', keys.map(Number))],
    }),
    read: (row) => [String(readNumber(row, 'id')), read(row)],
  };
}

/** What stands under a `claimId` never changes, so it needs no lock. */
function byClaim<T>(table: string, { key, columns }: Source, read: (row: Row) => T): Finder<T> {
  const name = `claims in ${table}`;
  const wanted = `unnest($1::text[], $2::text[]) AS wanted (account, claim)`;
  const text = `SELECT account_id, ${key}, ${columns} FROM ${table} JOIN ${wanted} ON account_id = wanted.account AND ${key} = wanted.claim`;
  return {
    statement(ids) {
      const parts = ids.map(partsOf);
      const columnOf = (at: 0 | 1): Buffer =>
        encodeArray(
          'text',
          parts.map((part) => toSqlText(part[at])),
        );
      return { name, text, values: [columnOf(0), columnOf(1)] };
    },
    read: (row) => [claimId(readText(row, 'account_id'), readText(row, key)), read(row)],
  };
}

/** Account and key of a `claimId`: an account's id has no line break. */
function partsOf(id: string): readonly [string, string] {
  const at = id.indexOf('\n');
  return [id.slice(0, at), id.slice(at + 1)];
}
