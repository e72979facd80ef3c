import type { Draft } from '@plexus/core';
import type { Statement } from './session.ts';
import { type Batch, deleteBatch, insertBatch, replaceBatch, updateBatch } from './table.ts';
import { CHUNK, CHUNK_KEY, COUNTER, PARTICIPANT, PAYOUT, PLAN, STATE, WORKER } from './tables.ts';

const counter = updateBatch(COUNTER, 'name', ['last']);
const participant = insertBatch(PARTICIPANT);
const worker = replaceBatch(WORKER, ['id']);
const payout = insertBatch(PAYOUT);
const plan = replaceBatch(PLAN, ['id']);
const state = replaceBatch(STATE, ['worker_id']);
const removeChunk = deleteBatch(CHUNK_KEY);
const chunk = replaceBatch(CHUNK, ['worker_id', 'resolution', 'start_at']);

/** The statements that write what a batch changed in the fleet. */
export function fleetStatements(draft: Draft): readonly Statement[] {
  return [
    ...ifAny(draft.fleetCounters, counter),
    ...ifAny(draft.participants.values(), participant),
    ...ifAny(draft.workers.values(), worker),
    ...ifAny(draft.payouts.values(), payout),
    ...ifAny(draft.plans.values(), plan),
    ...ifAny(draft.workerStates.values(), state),
    ...ifAny(draft.removedChunks.values(), removeChunk),
    ...ifAny(draft.chunks.values(), chunk),
  ];
}

function ifAny<T>(things: Iterable<T>, batch: Batch<T>): readonly Statement[] {
  const all = [...things];
  return all.length === 0 ? [] : [batch(all)];
}
