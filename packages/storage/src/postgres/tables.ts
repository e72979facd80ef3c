import type {
  Acceptance,
  Account,
  ApiKey,
  ChunkKey,
  Claim,
  Cooldown,
  DayCount,
  Delivery,
  FleetWorker,
  Insertion,
  Job,
  JobCount,
  Leaf,
  LogTile,
  NodeRecord,
  NodeScore,
  Offer,
  PackedChunk,
  Participant,
  Payout,
  PayoutPlan,
  Proof,
  RateJob,
  Stake,
  TrainingRound,
  TrainingRun,
  Transfer,
  WebhookSecret,
  WorkerState,
} from '@plexus/core';
import type { TreeHead } from '@plexus/protocol';
import { ACCOUNT_COLUMNS, CLAIM_COLUMNS, KEY_COLUMNS, TRANSFER_COLUMNS } from '../sqlite/account-rows.ts';
import type { SqlValue } from '../sqlite/adapter.ts';
import type { Columns } from '../sqlite/columns.ts';
import { DAY_COUNT_COLUMNS, JOB_COUNT_COLUMNS } from '../sqlite/count-rows.ts';
import {
  CHUNK_COLUMNS,
  CHUNK_KEY_COLUMNS,
  PARTICIPANT_COLUMNS,
  PAYOUT_COLUMNS,
  PLAN_COLUMNS,
  STATE_COLUMNS,
  WORKER_COLUMNS,
} from '../sqlite/fleet-rows.ts';
import { JOB_CHANGES, JOB_COLUMNS } from '../sqlite/job-rows.ts';
import {
  NODE_COLUMNS,
  RATING_COLUMNS,
  RECEIPT_COLUMNS,
  SCORE_COLUMNS,
  TILE_COLUMNS,
  TREE_HEAD_COLUMNS,
} from '../sqlite/node-rows.ts';
import { ACCEPTANCE_COLUMNS, OFFER_COLUMNS } from '../sqlite/offer-rows.ts';
import { toBlob } from '../sqlite/text.ts';
import { PROOF_COLUMNS, ROUND_COLUMNS, RUN_COLUMNS } from '../sqlite/proof-rows.ts';
import { ADDRESS_COLUMNS, COOLDOWN_COLUMNS, type Named, STAKE_COLUMNS } from '../sqlite/wallet-rows.ts';
import { DELIVERY_COLUMNS, SECRET_COLUMNS } from '../sqlite/webhook-rows.ts';
import { type Table, table } from './table.ts';

/** A job's changes with its id. */
export interface JobChange {
  readonly id: string;
  readonly change: Partial<Job>;
}

const MONEY = ['available', 'held', 'staked', 'cooling', 'earned', 'spent'];
const JOB_NUMBERS = [
  'hold',
  'unit_price',
  'cost',
  'units',
  'epoch',
  'created_at',
  'started_at',
  'ended_at',
  'deadline_at',
  'receipt_index',
];
const JOB_TEXTS = ['params', 'error', 'content', 'result'];

export const ACCOUNT: Table<Account> = table('account', ACCOUNT_COLUMNS, { int8: [...MONEY, 'created_at'] });

export const KEY: Table<ApiKey> = table('api_key', KEY_COLUMNS, {
  int8: ['spend_limit', 'spent', 'max_running', 'expires_at', 'revoked_at', 'created_at'],
});

export const NODE: Table<NodeRecord> = table('node', NODE_COLUMNS, { int8: ['custodial', 'created_at'] });

export const SCORE: Table<NodeScore> = table('node_score', SCORE_COLUMNS, {
  int8: ['completed', 'failed', 'ratings', 'rating_sum', 'earned', 'busy_ms', 'reward_day', 'earned_that_day'],
  float8: ['reputation'],
});

export const JOB_COUNT: Table<JobCount> = table('job_count', JOB_COUNT_COLUMNS, { int8: ['jobs'] });

export const DAY_COUNT: Table<DayCount> = table('day_count', DAY_COUNT_COLUMNS, {
  int8: Object.keys(DAY_COUNT_COLUMNS),
});

export const CLAIM: Table<Claim> = table('claim', CLAIM_COLUMNS, {});

export const RATING: Table<RateJob> = table('rating', RATING_COLUMNS, { int8: ['rating', 'at'] });

export const DELIVERY: Table<Delivery> = table('webhook_delivery', DELIVERY_COLUMNS, {
  int8: ['attempts', 'next_at', 'last_status', 'created_at', 'ended_at'],
});

export const SECRET: Table<WebhookSecret> = table('webhook_secret', SECRET_COLUMNS, {
  int8: ['generation', 'rotated_at'],
});

export const ADDRESS: Table<Named> = table('address', ADDRESS_COLUMNS, {});

export const STAKE: Table<Stake> = table('stake', STAKE_COLUMNS, {
  int8: ['amount', 'duration_days', 'started_at', 'unlock_at'],
});

export const COOLDOWN: Table<Cooldown> = table('cooldown', COOLDOWN_COLUMNS, {
  int8: ['amount', 'started_at', 'ready_at', 'matured_at'],
});
export const OFFER: Table<Offer> = table('offer', OFFER_COLUMNS, {
  int8: ['price', 'max_jobs', 'jobs_left', 'created_at', 'expires_at'],
});

export const ACCEPTANCE: Table<Acceptance> = table('acceptance', ACCEPTANCE_COLUMNS, { int8: ['price', 'bid', 'at'] });
/** The last number of a counter by its name. */
export const COUNTER: Table<readonly [string, number]> = table(
  'fleet_counter',
  { name: ([name]) => name, last: ([, last]) => last },
  { int8: ['last'] },
);

export const PARTICIPANT: Table<Participant> = table('participant', PARTICIPANT_COLUMNS, {
  int8: ['id', 'telegram_user_id', 'is_active', 'is_operator', 'created_at', 'updated_at'],
});

export const WORKER: Table<FleetWorker> = table('fleet_worker', WORKER_COLUMNS, {
  int8: Object.keys(WORKER_COLUMNS).filter((name) => !['name', 'host', 'node_id'].includes(name)),
});

export const STATE: Table<WorkerState> = table('worker_state', STATE_COLUMNS, { int8: ['worker_id', 'revenue'] });

export const CHUNK_KEY: Table<ChunkKey> = table('worker_series', CHUNK_KEY_COLUMNS, {
  int8: ['worker_id', 'start_at'],
});

export const CHUNK: Table<PackedChunk> = table('worker_series', CHUNK_COLUMNS, { int8: ['worker_id', 'start_at'] });

const PAYOUT_OTHERS = ['transaction_hash', 'from_address', 'to_address', 'compute_seconds'];

export const PAYOUT: Table<Payout> = table('payout', PAYOUT_COLUMNS, {
  int8: Object.keys(PAYOUT_COLUMNS).filter((name) => !PAYOUT_OTHERS.includes(name)),
  float8: ['compute_seconds'],
});

export const PLAN: Table<PayoutPlan> = table('payout_plan', PLAN_COLUMNS, { int8: ['revision', 'created_at'] });

export const PROOF: Table<Proof> = table('proof', PROOF_COLUMNS, {
  int8: ['layer', 'started_at', 'ended_at', 'verified', 'reward'],
});

export const RUN: Table<TrainingRun> = table('training_run', RUN_COLUMNS, {
  int8: ['inner_steps', 'started_at', 'ended_at'],
});

export const ROUND: Table<TrainingRound> = table('training_round', ROUND_COLUMNS, {
  int8: ['round', 'succeeded', 'ended_at'],
});

export const TRANSFER: Table<Transfer> = table('transfer', TRANSFER_COLUMNS, { int8: ['amount', 'at'] });

export const TILE: Table<LogTile> = table('log_tile', TILE_COLUMNS, { int8: ['level', 'idx'], bytea: ['hash'] });

export const TREE_HEAD: Table<TreeHead> = table('tree_head', TREE_HEAD_COLUMNS, { int8: ['tree_size'] });

export const JOB: Table<Insertion<Job>> = table(
  'job',
  {
    ...mapped(withBlobs(JOB_COLUMNS), ({ job }: Insertion<Job>) => job),
    receipt_index: ({ job, receiptIndex }) => receiptIndex ?? job.receiptIndex ?? null,
  },
  { int8: JOB_NUMBERS, bytea: JOB_TEXTS, float8: ['processing_ms'] },
);

export const JOB_CHANGE: Table<JobChange> = table(
  'job',
  { id: ({ id }) => id, ...mapped(withBlobs(JOB_CHANGES), ({ change }: JobChange) => change) },
  { int8: JOB_NUMBERS, bytea: JOB_TEXTS, float8: ['processing_ms'] },
);

export const RECEIPT: Table<Leaf> = table(
  'receipt',
  {
    leaf_index: ({ leafIndex }) => leafIndex,
    ...mapped({ ...RECEIPT_COLUMNS, leaf_hash: ({ leafHash }) => leafHash }, ({ receipt }: Leaf) => receipt),
  },
  { int8: ['leaf_index', 'custodial', 'created_at'], bytea: ['leaf_hash'] },
);

/** Clients' own texts as bytes, whichever of the two SQLite's columns give. */
function withBlobs<T>(columns: Columns<T>): Columns<T> {
  const blobs = Object.entries(columns).filter(([name]) => JOB_TEXTS.includes(name));
  return { ...columns, ...Object.fromEntries(blobs.map(([name, read]) => [name, (thing: T) => blobOf(read(thing))])) };
}

function blobOf(value: SqlValue): SqlValue {
  return typeof value === 'string' ? toBlob(value) : value;
}

/** The columns of a part of something. */
function mapped<T, P>(columns: Columns<P>, partOf: (thing: T) => P): Columns<T> {
  return Object.fromEntries(Object.entries(columns).map(([name, read]) => [name, (thing: T) => read(partOf(thing))]));
}
