import { type Draft, feedText, type Insertion, type Job } from '@plexus/core';
import { ACCOUNT_COLUMNS, CLAIM_COLUMNS, KEY_COLUMNS, TRANSFER_COLUMNS } from './account-rows.ts';
import type { Database } from './adapter.ts';
import { type Insert, insertInto, prepareAddition, prepareInsert } from './columns.ts';
import { DAY_COUNT_COLUMNS, JOB_COUNT_COLUMNS } from './count-rows.ts';
import { TELL } from './feed-rows.ts';
import {
  CHUNK_COLUMNS,
  CHUNK_KEY_COLUMNS,
  PARTICIPANT_COLUMNS,
  PAYOUT_COLUMNS,
  PLAN_COLUMNS,
  STATE_COLUMNS,
  WORKER_COLUMNS,
} from './fleet-rows.ts';
import { boundJob, JOB_CHANGES, JOB_COLUMNS } from './job-rows.ts';
import type { PackedJob } from './packed.ts';
import {
  boundReceipt,
  NODE_COLUMNS,
  RATING_COLUMNS,
  RECEIPT_COLUMNS,
  type ReceiptRow,
  SCORE_COLUMNS,
  TILE_COLUMNS,
  TREE_HEAD_COLUMNS,
} from './node-rows.ts';
import { PROOF_COLUMNS, ROUND_COLUMNS, RUN_COLUMNS } from './proof-rows.ts';
import { ADDRESS_COLUMNS, COOLDOWN_COLUMNS, STAKE_COLUMNS } from './wallet-rows.ts';
import { ACCEPTANCE_COLUMNS, OFFER_COLUMNS } from './offer-rows.ts';
import { DELIVERY_COLUMNS, SECRET_COLUMNS } from './webhook-rows.ts';

/** The books as the writer drafts them. */
export type PackedDraft = Draft<PackedJob, ReceiptRow>;

/** Prepares the writes of what a batch changed: what many tasks share once a batch, three rows for each task. */
export function prepareSave(database: Database): (draft: PackedDraft) => void {
  const account = prepareInsert(database, 'account', ACCOUNT_COLUMNS, ['id']);
  const key = prepareInsert(database, 'api_key', KEY_COLUMNS, ['id']);
  const node = prepareInsert(database, 'node', NODE_COLUMNS, ['id']);
  const score = prepareInsert(database, 'node_score', SCORE_COLUMNS, ['node_id']);
  const claim = prepareInsert(database, 'claim', CLAIM_COLUMNS);
  const rating = prepareInsert(database, 'rating', RATING_COLUMNS, ['job_id']);
  const job = prepareJobInsert(database);
  const changeJob = prepareJobChange(database);
  const countJobs = prepareAddition(database, 'job_count', JOB_COUNT_COLUMNS, ['account_id', 'service', 'state']);
  const countDay = prepareAddition(database, 'day_count', DAY_COUNT_COLUMNS, ['day']);
  const transfer = prepareInsert(database, 'transfer', TRANSFER_COLUMNS);
  const leaf = database.prepare(insertInto('receipt', ['leaf_index', ...Object.keys(RECEIPT_COLUMNS)]));
  const treeHead = prepareInsert(database, 'tree_head', TREE_HEAD_COLUMNS, ['tree_size']);
  const tile = prepareInsert(database, 'log_tile', TILE_COLUMNS, ['level', 'idx']);
  const tell = database.prepare(`${TELL} ?, ?`);
  const delivery = prepareInsert(database, 'webhook_delivery', DELIVERY_COLUMNS, ['id']);
  const secret = prepareInsert(database, 'webhook_secret', SECRET_COLUMNS, ['account_id']);
  const offer = prepareInsert(database, 'offer', OFFER_COLUMNS, ['id']);
  const acceptance = prepareInsert(database, 'acceptance', ACCEPTANCE_COLUMNS);
  const saveFleet = prepareFleet(database);
  const saveDeeds = prepareDeeds(database);

  return (draft) => {
    insertEach(draft.accounts, account);
    insertEach(draft.keys, key);
    insertEach(draft.nodes, node);
    insertEach(draft.scores, score);
    insertEach(draft.claims, claim);
    insertEach(draft.ratings, rating);
    insertEach(draft.newJobs, job);
    for (const [id, change] of draft.changedJobs) changeJob(id, change);
    insertEach(draft.jobCounts, countJobs);
    insertEach(draft.days, countDay);
    for (const one of draft.transfers) transfer(one);
    for (const { leafIndex, receipt } of draft.leaves.values()) leaf.run([leafIndex, ...boundReceipt(receipt)]);
    insertEach(draft.treeHeads, treeHead);
    insertEach(draft.tiles, tile);
    insertEach(draft.deliveries, delivery);
    insertEach(draft.webhookSecrets, secret);
    insertEach(draft.offers, offer);
    insertEach(draft.acceptances, acceptance);
    saveFleet(draft);
    saveDeeds(draft);
    const numbers = draft.events.length + draft.skippedEvents;
    if (numbers > 0) tell.run([numbers, feedText(draft.events)]);
  };
}

/** Wallets, proofs and training. */
function prepareDeeds(database: Database): (draft: PackedDraft) => void {
  const address = prepareInsert(database, 'address', ADDRESS_COLUMNS);
  const stake = prepareInsert(database, 'stake', STAKE_COLUMNS, ['account_id']);
  const cooldown = prepareInsert(database, 'cooldown', COOLDOWN_COLUMNS, ['id']);
  const proof = prepareInsert(database, 'proof', PROOF_COLUMNS);
  const run = prepareInsert(database, 'training_run', RUN_COLUMNS, ['id']);
  const round = prepareInsert(database, 'training_round', ROUND_COLUMNS, ['run_id', 'round']);

  return (draft) => {
    for (const named of draft.addresses) address(named);
    insertEach(draft.stakes, stake);
    insertEach(draft.cooldowns, cooldown);
    insertEach(draft.proofs, proof);
    insertEach(draft.trainingRuns, run);
    insertEach(draft.trainingRounds, round);
  };
}

function prepareFleet(database: Database): (draft: PackedDraft) => void {
  const counter = database.prepare('UPDATE fleet_counter SET last = ? WHERE name = ?');
  const participant = prepareInsert(database, 'participant', PARTICIPANT_COLUMNS, ['id']);
  const worker = prepareInsert(database, 'fleet_worker', WORKER_COLUMNS, ['id']);
  const payout = prepareInsert(database, 'payout', PAYOUT_COLUMNS, ['id']);
  const plan = prepareInsert(database, 'payout_plan', PLAN_COLUMNS, ['id']);
  const state = prepareInsert(database, 'worker_state', STATE_COLUMNS, ['worker_id']);
  const chunk = prepareInsert(database, 'worker_series', CHUNK_COLUMNS, Object.keys(CHUNK_KEY_COLUMNS));
  const removeChunk = database.prepare(
    'DELETE FROM worker_series WHERE worker_id = ? AND resolution = ? AND start_at = ?',
  );

  return (draft) => {
    for (const [name, last] of draft.fleetCounters) counter.run([last, name]);
    insertEach(draft.participants, participant);
    insertEach(draft.workers, worker);
    insertEach(draft.payouts, payout);
    insertEach(draft.plans, plan);
    insertEach(draft.workerStates, state);
    for (const key of draft.removedChunks.values()) {
      removeChunk.run(Object.values(CHUNK_KEY_COLUMNS).map((read) => read(key)));
    }
    insertEach(draft.chunks, chunk);
  };
}

function insertEach<T>(things: ReadonlyMap<unknown, T>, insert: Insert<T>): void {
  for (const thing of things.values()) insert(thing);
}

function prepareJobInsert(database: Database): Insert<Insertion<PackedJob>> {
  const statement = database.prepare(insertInto('job', Object.keys(JOB_COLUMNS)));
  return ({ job: { row }, receiptIndex }) => statement.run(boundJob(row, receiptIndex));
}

function prepareJobChange(database: Database): (id: string, change: Partial<Job>) => void {
  const names = Object.keys(JOB_CHANGES);
  const reads = Object.values(JOB_CHANGES);
  const changes = names.map((name) => `${name} = COALESCE(?, ${name})`).join(', ');
  const statement = database.prepare(`UPDATE job SET ${changes} WHERE id = ?`);
  return (id, change) => statement.run([...reads.map((read) => read(change)), id]);
}
