import type { BooksReader, Proof, ProofTotals, TrainingRound, TrainingRun } from '@plexus/core';
import type { Row } from './adapter.ts';
import {
  type Columns,
  present,
  readFlag,
  readJson,
  readMoney,
  readNumber,
  readOptional,
  readText,
  readTime,
  readWord,
  toTime,
} from './columns.ts';
import type { Queries } from './queries.ts';

export const PROOF_COLUMNS: Columns<Proof> = {
  id: (proof) => proof.id,
  node_id: (proof) => proof.nodeId,
  kind: (proof) => proof.kind,
  layer: (proof) => proof.layer ?? null,
  started_at: (proof) => toTime(proof.startedAt),
  ended_at: (proof) => toTime(proof.endedAt),
  input_hash: (proof) => proof.inputHash,
  output_hash: (proof) => proof.outputHash,
  signature: (proof) => proof.signature,
  verified: (proof) => Number(proof.verified),
  reward: (proof) => proof.reward,
};

export const RUN_COLUMNS: Columns<TrainingRun> = {
  id: (run) => run.id,
  inner_steps: (run) => run.innerSteps,
  started_at: (run) => toTime(run.startedAt),
  ended_at: (run) => toTime(run.endedAt),
};

export const ROUND_COLUMNS: Columns<TrainingRound> = {
  run_id: (round) => round.runId,
  round: (round) => round.round,
  succeeded: (round) => Number(round.succeeded),
  ended_at: (round) => toTime(round.endedAt),
  reports: (round) => JSON.stringify(round.reports),
};

const namesOf = (columns: Columns<never>): string => Object.keys(columns).join(', ');

const PROOFS = `SELECT ${namesOf(PROOF_COLUMNS)} FROM proof WHERE node_id = ? ORDER BY ended_at DESC LIMIT ?`;
const TOTALS = `SELECT COUNT(*) AS submitted, CAST(COALESCE(SUM(verified), 0) AS BIGINT) AS verified,
  CAST(COALESCE(SUM(reward), 0) AS BIGINT) AS reward,
  CAST(COALESCE(SUM(CASE WHEN ended_at >= ? THEN reward ELSE 0 END), 0) AS BIGINT) AS reward_since
  FROM proof WHERE node_id = ?`;
const NEWEST_RUN = `SELECT ${namesOf(RUN_COLUMNS)} FROM training_run ORDER BY started_at DESC LIMIT 1`;
const ROUNDS = `SELECT * FROM (SELECT ${namesOf(ROUND_COLUMNS)} FROM training_round WHERE run_id = ?
  ORDER BY round DESC LIMIT ?) AS newest ORDER BY round`;

/** Reads of proofs, and of what training has come to. */
export function proofReads({
  one,
  many,
}: Queries): Pick<BooksReader, 'listProofs' | 'proofTotals' | 'findTrainingRun' | 'listTrainingRounds'> {
  return {
    listProofs: async (nodeId, limit) => many(PROOFS, [nodeId, limit], readProof),
    async proofTotals(nodeId, since) {
      const nothing = { submitted: 0, verified: 0, reward: 0n, rewardSince: 0n };
      return (await one(TOTALS, [since.getTime(), nodeId], readTotals)) ?? nothing;
    },
    findTrainingRun: async () => one(NEWEST_RUN, [], readRun),
    listTrainingRounds: async (runId, limit) => many(ROUNDS, [runId, limit], readRound),
  };
}

function readProof(row: Row): Proof {
  return {
    id: readText(row, 'id'),
    nodeId: readText(row, 'node_id'),
    kind: readWord(row, 'kind'),
    startedAt: readTime(row, 'started_at'),
    endedAt: readTime(row, 'ended_at'),
    inputHash: readText(row, 'input_hash'),
    outputHash: readText(row, 'output_hash'),
    signature: readText(row, 'signature'),
    verified: readFlag(row, 'verified'),
    reward: readMoney(row, 'reward'),
    ...present({ layer: readOptional(row, 'layer', readNumber) }),
  };
}

function readTotals(row: Row): ProofTotals {
  return {
    submitted: readNumber(row, 'submitted'),
    verified: readNumber(row, 'verified'),
    reward: readMoney(row, 'reward'),
    rewardSince: readMoney(row, 'reward_since'),
  };
}

function readRun(row: Row): TrainingRun {
  return {
    id: readText(row, 'id'),
    innerSteps: readNumber(row, 'inner_steps'),
    startedAt: readTime(row, 'started_at'),
    ...present({ endedAt: readOptional(row, 'ended_at', readTime) }),
  };
}

function readRound(row: Row): TrainingRound {
  return {
    runId: readText(row, 'run_id'),
    round: readNumber(row, 'round'),
    succeeded: readFlag(row, 'succeeded'),
    endedAt: readTime(row, 'ended_at'),
    reports: readJson(row, 'reports'),
  };
}
