import { type Draft, feedText, type LoadedState } from '@plexus/core';
import { TELL } from '../sqlite/feed-rows.ts';
import { toSqlText } from '../sqlite/text.ts';
import { LOG_LOCK } from './load.ts';
import { fleetStatements } from './save-fleet.ts';
import type { Statement } from './session.ts';
import { addBatch, type Batch, cellsOf, insertBatch, rowsFrom, type Table, updateBatch } from './table.ts';
import {
  ACCEPTANCE,
  ACCOUNT,
  ADDRESS,
  CLAIM,
  COOLDOWN,
  DAY_COUNT,
  DELIVERY,
  JOB,
  JOB_CHANGE,
  JOB_COUNT,
  type JobChange,
  KEY,
  NODE,
  OFFER,
  PROOF,
  RATING,
  RECEIPT,
  ROUND,
  RUN,
  SCORE,
  SECRET,
  STAKE,
  TILE,
  TRANSFER,
  TREE_HEAD,
} from './tables.ts';

/** Rows that are new are inserted, so that two writers cannot both believe to have made one; others are replaced. */
interface Writes<T> {
  readonly insert: Batch<T>;
  readonly update: Batch<T>;
}

const accounts = writes(ACCOUNT, 'id', ['available', 'held', 'staked', 'cooling', 'earned', 'spent']);
const keys = writes(KEY, 'id', ['spent', 'revoked_at']);
const nodes = writes(NODE, 'id', ['name', 'public_key', 'custodial', 'capabilities', 'languages', 'created_at']);
const scores = writes(SCORE, 'node_id', [
  'completed',
  'failed',
  'ratings',
  'rating_sum',
  'reputation',
  'earned',
  'busy_ms',
  'reward_day',
  'earned_that_day',
]);
const ratings = writes(RATING, 'job_id', ['node_id', 'rating', 'at']);
const deliveries = writes(DELIVERY, 'id', ['state', 'attempts', 'next_at', 'last_status', 'last_error', 'ended_at']);
const secrets = writes(SECRET, 'account_id', ['generation', 'rotated_at']);
const stakes = writes(STAKE, 'account_id', ['amount', 'duration_days', 'started_at', 'unlock_at']);
const cooldowns = writes(COOLDOWN, 'id', ['matured_at']);
const address = insertBatch(ADDRESS);
const proof = insertBatch(PROOF);
const runs = insertBatch(RUN, { ifAbsent: true });
const endedRuns = updateBatch(RUN, 'id', ['ended_at']);
const round = insertBatch(ROUND, { ifAbsent: true });
const offers = writes(OFFER, 'id', ['jobs_left', 'state']);
const acceptance = insertBatch(ACCEPTANCE);
const claim = insertBatch(CLAIM);
const job = insertBatch(JOB);
const changeJob = jobChangeBatch(JOB_CHANGE);
const transfer = insertBatch(TRANSFER);
const receipt = insertBatch(RECEIPT);
// Of two heads over the same leaves the first one stays: each size has one signature.
const treeHead = insertBatch(TREE_HEAD, { ifAbsent: true });
const tile = insertBatch(TILE, { ifAbsent: true });
const jobCount = addBatch(JOB_COUNT, ['account_id', 'service', 'state']);
const dayCount = addBatch(DAY_COUNT, ['day']);

/** Several writers must number events one after another. */
export interface SaveOptions {
  readonly locks: boolean;
}

/** The statements that write what a batch changed: at most two for each table, always in this order. */
export function saveStatements(draft: Draft, loaded: LoadedState, options: SaveOptions): readonly Statement[] {
  const changes = [...draft.changedJobs].map(([id, change]): JobChange => ({ id, change }));
  return [
    // Before any row is written, because another writer that has the lock may wait for such a row.
    ...tellEvents(draft, options),
    ...replaceRows(draft.accounts, loaded.accounts, accounts),
    ...replaceRows(draft.keys, loaded.keys, keys),
    ...replaceRows(draft.nodes, loaded.nodes, nodes),
    ...replaceRows(draft.scores, loaded.scores, scores),
    ...ifAny(draft.claims.values(), claim),
    ...replaceRows(draft.ratings, loaded.ratings, ratings),
    ...replaceRows(draft.deliveries, loaded.deliveries, deliveries),
    ...replaceRows(draft.webhookSecrets, loaded.webhookSecrets, secrets),
    ...ifAny(draft.addresses, address),
    ...replaceRows(draft.stakes, loaded.stakes, stakes),
    ...replaceRows(draft.cooldowns, loaded.cooldowns, cooldowns),
    ...replaceRows(draft.offers, loaded.offers, offers),
    ...ifAny(draft.acceptances.values(), acceptance),
    ...ifAny(draft.proofs.values(), proof),
    ...ifAny(draft.trainingRuns.values(), runs),
    ...ifAny(draft.trainingRuns.values(), endedRuns),
    ...ifAny(draft.trainingRounds.values(), round),
    ...ifAny(draft.newJobs.values(), job),
    ...ifAny(changes, changeJob),
    ...ifAny(draft.transfers, transfer),
    ...ifAny(draft.leaves.values(), receipt),
    ...ifAny(draft.treeHeads.values(), treeHead),
    ...ifAny(draft.tiles.values(), tile),
    ...fleetStatements(draft),
    // Many writers count on the same rows: they are locked in one order, and as shortly as can be.
    ...ifAny(inOrder(draft.jobCounts), jobCount),
    ...ifAny(inOrder(draft.days), dayCount),
  ];
}

function tellEvents({ events, skippedEvents }: Draft, { locks }: SaveOptions): readonly Statement[] {
  const numbers = events.length + skippedEvents;
  if (numbers === 0) return [];
  const values = [String(numbers), toSqlText(feedText(events))];
  const tell = { name: 'insert feed', text: `${TELL} $1::int8, $2::text`, values };
  return locks ? [LOG_LOCK, tell] : [tell];
}

function writes<T>(table: Table<T>, key: string, replaced: readonly string[]): Writes<T> {
  return { insert: insertBatch(table), update: updateBatch(table, key, replaced) };
}

function replaceRows<T>(
  changed: ReadonlyMap<string, T>,
  loaded: ReadonlyMap<string, unknown>,
  { insert, update }: Writes<T>,
): readonly Statement[] {
  const entries = [...changed];
  const fresh = inOrder(entries.filter(([key]) => !loaded.has(key)));
  const known = entries.filter(([key]) => loaded.has(key)).map(([, value]) => value);
  return [...ifAny(fresh, insert), ...ifAny(known, update)];
}

/** Values in the order of their keys, so that two writers never wait for each other. */
function inOrder<K extends string | number, T>(entries: Iterable<readonly [K, T]>): readonly T[] {
  return [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

function ifAny<T>(things: Iterable<T>, batch: Batch<T>): readonly Statement[] {
  const all = [...things];
  return all.length === 0 ? [] : [batch(all)];
}

/** A field that a change does not name stays as it is. */
function jobChangeBatch({ name, columns }: Table<JobChange>): Batch<JobChange> {
  const names = columns.map((column) => column.name);
  const changes = names
    .filter((column) => column !== 'id')
    .map((column) => `${column} = COALESCE(new.${column}, ${name}.${column})`);
  const text = `UPDATE ${name} SET ${changes.join(', ')} FROM ${rowsFrom(columns)} AS new (${names.join(', ')}) WHERE ${name}.id = new.id`;
  return (things) => ({ name: 'change job', text, values: cellsOf(columns, things) });
}
