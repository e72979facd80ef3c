import {
  type ChunkKey,
  type FleetWorker,
  type PackedChunk,
  type Participant,
  type Payout,
  type PayoutPlan,
  type SeriesChunk,
  unpackPoints,
  type WorkerState,
} from '@plexus/core';
import type { Row } from './adapter.ts';
import {
  type Columns,
  present,
  readFlag,
  readMoney,
  readNumber,
  readOptional,
  readText,
  readTime,
  readWord,
  toTime,
} from './columns.ts';
import { fleetJson, readFleetJson } from './fleet-json.ts';

export const PARTICIPANT_COLUMNS: Columns<Participant> = {
  id: ({ id }) => id,
  wallet: ({ wallet }) => wallet,
  raw_wallet: ({ rawWallet }) => rawWallet,
  telegram_user_id: ({ telegramUserId }) => telegramUserId ?? null,
  username: ({ username }) => username ?? null,
  email: ({ email }) => email ?? null,
  is_active: ({ isActive }) => Number(isActive),
  is_operator: ({ isOperator }) => Number(isOperator),
  created_at: ({ createdAt }) => toTime(createdAt),
  updated_at: ({ updatedAt }) => toTime(updatedAt),
};

export function readParticipant(row: Row): Participant {
  return {
    id: readNumber(row, 'id'),
    wallet: readText(row, 'wallet'),
    rawWallet: readText(row, 'raw_wallet'),
    isActive: readFlag(row, 'is_active'),
    isOperator: readFlag(row, 'is_operator'),
    createdAt: readTime(row, 'created_at'),
    updatedAt: readTime(row, 'updated_at'),
    ...present({
      telegramUserId: readOptional(row, 'telegram_user_id', readNumber),
      username: readOptional(row, 'username', readText),
      email: readOptional(row, 'email', readText),
    }),
  };
}

export const WORKER_COLUMNS: Columns<FleetWorker> = {
  id: ({ id }) => id,
  participant_id: ({ participantId }) => participantId,
  name: ({ name }) => name,
  instance_number: ({ instanceNumber }) => instanceNumber,
  host: ({ host }) => host,
  stats_port: ({ statsPort }) => statsPort,
  cid: ({ cid }) => cid ?? null,
  price_coefficient: ({ priceCoefficient }) => priceCoefficient,
  is_active: ({ isActive }) => Number(isActive),
  node_id: ({ nodeId }) => nodeId ?? null,
  created_at: ({ createdAt }) => toTime(createdAt),
  updated_at: ({ updatedAt }) => toTime(updatedAt),
};

export function readWorker(row: Row): FleetWorker {
  return {
    id: readNumber(row, 'id'),
    participantId: readNumber(row, 'participant_id'),
    name: readText(row, 'name'),
    instanceNumber: readNumber(row, 'instance_number'),
    host: readText(row, 'host'),
    statsPort: readNumber(row, 'stats_port'),
    priceCoefficient: readNumber(row, 'price_coefficient'),
    isActive: readFlag(row, 'is_active'),
    createdAt: readTime(row, 'created_at'),
    updatedAt: readTime(row, 'updated_at'),
    ...present({ cid: readOptional(row, 'cid', readNumber), nodeId: readOptional(row, 'node_id', readText) }),
  };
}

/** The revenue stands beside the rest, so that it can be added up. */
export const STATE_COLUMNS: Columns<WorkerState> = {
  worker_id: ({ workerId }) => workerId,
  revenue: ({ revenue }) => revenue,
  state: fleetJson,
};

export function readState(row: Row): WorkerState {
  return readFleetJson(readText(row, 'state'));
}

export const CHUNK_KEY_COLUMNS: Columns<ChunkKey> = {
  worker_id: ({ workerId }) => workerId,
  resolution: ({ resolution }) => resolution,
  start_at: ({ startAt }) => toTime(startAt),
};

export const CHUNK_COLUMNS: Columns<PackedChunk> = {
  ...CHUNK_KEY_COLUMNS,
  points: ({ points }) => points,
};

export function readChunk(row: Row): SeriesChunk {
  return {
    workerId: readNumber(row, 'worker_id'),
    resolution: readWord(row, 'resolution'),
    startAt: readTime(row, 'start_at'),
    points: unpackPoints(readText(row, 'points')),
  };
}

export const PAYOUT_COLUMNS: Columns<Payout> = {
  id: ({ id }) => id,
  participant_id: ({ participantId }) => participantId,
  transaction_hash: ({ transactionHash }) => transactionHash,
  amount: ({ amount }) => amount,
  usd_micro: ({ usdMicro }) => usdMicro ?? null,
  from_address: ({ fromAddress }) => fromAddress,
  to_address: ({ toAddress }) => toAddress,
  is_unverified: ({ isUnverified }) => Number(isUnverified),
  transaction_at: ({ transactionAt }) => toTime(transactionAt),
  is_confirmed: ({ isConfirmed }) => Number(isConfirmed),
  confirmations: ({ confirmations }) => confirmations,
  block_number: ({ blockNumber }) => blockNumber ?? null,
  period_start: ({ periodStart }) => toTime(periodStart),
  period_end: ({ periodEnd }) => toTime(periodEnd),
  total_requests: ({ totalRequests }) => totalRequests ?? null,
  compute_seconds: ({ computeSeconds }) => computeSeconds ?? null,
  created_at: ({ createdAt }) => toTime(createdAt),
};

export function readPayout(row: Row): Payout {
  return {
    id: readNumber(row, 'id'),
    participantId: readNumber(row, 'participant_id'),
    transactionHash: readText(row, 'transaction_hash'),
    amount: readMoney(row, 'amount'),
    fromAddress: readText(row, 'from_address'),
    toAddress: readText(row, 'to_address'),
    isUnverified: readFlag(row, 'is_unverified'),
    transactionAt: readTime(row, 'transaction_at'),
    isConfirmed: readFlag(row, 'is_confirmed'),
    confirmations: readNumber(row, 'confirmations'),
    createdAt: readTime(row, 'created_at'),
    ...present({
      usdMicro: readOptional(row, 'usd_micro', readMoney),
      blockNumber: readOptional(row, 'block_number', readNumber),
      periodStart: readOptional(row, 'period_start', readTime),
      periodEnd: readOptional(row, 'period_end', readTime),
      totalRequests: readOptional(row, 'total_requests', readNumber),
      computeSeconds: readOptional(row, 'compute_seconds', readNumber),
    }),
  };
}

export const PLAN_COLUMNS: Columns<PayoutPlan> = {
  id: ({ id }) => id,
  revision: ({ revision }) => revision,
  created_at: ({ createdAt }) => toTime(createdAt),
  plan: fleetJson,
};

/** Plans of earlier versions carried nothing over. */
export function readPlan(row: Row): PayoutPlan {
  const plan = readFleetJson<PayoutPlan>(readText(row, 'plan'));
  const shares = plan.shares.map((share) => Object.assign({ carried: 0n }, share));
  return Object.assign({ carried: [] }, plan, { shares });
}
