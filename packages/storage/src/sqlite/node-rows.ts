import {
  type LogTile,
  type NodeRecord,
  type NodeScore,
  type RateJob,
  reputationOf,
  type StoredReceipt,
} from '@plexus/core';
import type { TreeHead } from '@plexus/protocol';
import type { Row, SqlValue } from './adapter.ts';
import {
  type Columns,
  present,
  readBytes,
  readFlag,
  readJson,
  readMoney,
  readNumber,
  readOptional,
  readText,
  readTime,
  toTime,
} from './columns.ts';

export const NODE_COLUMNS: Columns<NodeRecord> = {
  id: (node) => node.id,
  account_id: (node) => node.accountId,
  name: (node) => node.name,
  public_key: (node) => node.publicKey ?? null,
  custodial: (node) => Number(node.custodial),
  capabilities: (node) => JSON.stringify(node.capabilities),
  languages: (node) => JSON.stringify(node.languages),
  created_at: (node) => toTime(node.createdAt),
};

export function readNode(row: Row): NodeRecord {
  return {
    id: readText(row, 'id'),
    accountId: readText(row, 'account_id'),
    name: readText(row, 'name'),
    custodial: readFlag(row, 'custodial'),
    capabilities: readJson(row, 'capabilities'),
    languages: readJson(row, 'languages'),
    createdAt: readTime(row, 'created_at'),
    ...present({ publicKey: readOptional(row, 'public_key', readText) }),
  };
}

/** Reputation is kept beside the counts so that the best nodes are one indexed read. */
export const SCORE_COLUMNS: Columns<NodeScore> = {
  node_id: (score) => score.nodeId,
  completed: (score) => score.completed,
  failed: (score) => score.failed,
  ratings: (score) => score.ratings,
  rating_sum: (score) => score.ratingSum,
  reputation: reputationOf,
  earned: (score) => score.earned,
  busy_ms: (score) => score.busyMs,
  reward_day: (score) => score.rewardDay,
  earned_that_day: (score) => score.earnedThatDay,
};

export function readScore(row: Row): NodeScore {
  return {
    nodeId: readText(row, 'node_id'),
    completed: readNumber(row, 'completed'),
    failed: readNumber(row, 'failed'),
    ratings: readNumber(row, 'ratings'),
    ratingSum: readNumber(row, 'rating_sum'),
    earned: readMoney(row, 'earned'),
    busyMs: readNumber(row, 'busy_ms'),
    rewardDay: readNumber(row, 'reward_day'),
    earnedThatDay: readMoney(row, 'earned_that_day'),
  };
}

export const RATING_COLUMNS: Columns<RateJob> = {
  job_id: (rating) => rating.jobId,
  account_id: (rating) => rating.accountId,
  node_id: (rating) => rating.nodeId,
  rating: (rating) => rating.rating,
  at: (rating) => toTime(rating.at),
};

/** A receipt's values in the order of RECEIPT_COLUMNS; its hash is a text of bytes until it is written. */
export type ReceiptRow = readonly SqlValue[];

/** All of a receipt's row but its number, which only the writer knows. */
export const RECEIPT_COLUMNS: Columns<StoredReceipt> = {
  job_id: ({ payload }) => payload.job_id,
  node_id: ({ payload }) => payload.miner_id,
  leaf_hash: ({ leafHash }) => Buffer.from(leafHash).toString('latin1'),
  custodial: ({ custodial }) => Number(custodial),
  created_at: ({ createdAt }) => toTime(createdAt),
  payload: ({ payload, texts }) => texts?.payload ?? JSON.stringify(payload),
  signature: ({ signature, texts }) => texts?.signature ?? JSON.stringify(signature),
};

const LEAF_HASH_AT = Object.keys(RECEIPT_COLUMNS).indexOf('leaf_hash');

/** The values that are bound for a new receipt. */
export function boundReceipt(row: ReceiptRow): SqlValue[] {
  const values = [...row];
  values[LEAF_HASH_AT] = Buffer.from(String(row[LEAF_HASH_AT]), 'latin1');
  return values;
}

export function readReceipt(row: Row): StoredReceipt & { readonly leafIndex: number } {
  return {
    leafIndex: readNumber(row, 'leaf_index'),
    payload: readJson(row, 'payload'),
    signature: readJson(row, 'signature'),
    custodial: readFlag(row, 'custodial'),
    leafHash: readBytes(row, 'leaf_hash'),
    createdAt: readTime(row, 'created_at'),
  };
}

export const TILE_COLUMNS: Columns<LogTile> = {
  level: (tile) => tile.level,
  idx: (tile) => tile.index,
  hash: (tile) => tile.hash,
};

export const TREE_HEAD_COLUMNS: Columns<TreeHead> = {
  tree_size: (head) => head.tree_size,
  log_id: (head) => head.log_id,
  root_hash: (head) => head.root_hash,
  timestamp: (head) => head.timestamp,
  key_id: (head) => head.key_id,
  sig: (head) => head.sig,
  public_key: (head) => head.public_key,
};

export function readTreeHead(row: Row): TreeHead {
  return {
    tree_size: readNumber(row, 'tree_size'),
    log_id: readText(row, 'log_id'),
    root_hash: readText(row, 'root_hash'),
    timestamp: readText(row, 'timestamp'),
    key_id: readText(row, 'key_id'),
    sig: readText(row, 'sig'),
    public_key: readText(row, 'public_key'),
  };
}
