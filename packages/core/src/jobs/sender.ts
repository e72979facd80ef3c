import { type TaskAssign, wholeCredits } from '@plexus/protocol';
import type { LiveNode } from '../nodes/live-node.ts';
import { type Job, receiptIdOf } from './job.ts';
import { maxUnitsOf } from './job-limits.ts';
import type { JobStream } from './job-stream.ts';
import { type LiveJob, startTimer, type Timers } from './live-job.ts';
import type { Settlement } from './settlement.ts';
import { unitTypeOf } from './unit-type.ts';

/**
 * How long a hold may ride in memory before it is written; a task that ends sooner is written once, with its
 * settlement. Long enough for a short task on a busy machine: see docs/decisions/0001.
 */
const RIDE_MS = 100;

export interface SenderDeps {
  readonly settlement: Settlement;
  readonly timers: Timers;
  readonly clock: () => Date;
}

/** Tells nodes of their leases, before or after these are on disk. */
export interface Sender {
  /** At once; the caller lets the hold ride. */
  send(live: LiveJob, node: LiveNode): void;
  /** Once the lease is on disk, unless the job has ended or moved meanwhile. */
  sendDurably(live: LiveJob, node: LiveNode): Promise<void>;
  /** Writes that the job waits again, when it was written that it runs. */
  noteReturn(live: LiveJob): Promise<void>;
  /** Lets the hold ride in memory for a moment, in the hope that the job ends in it. */
  ride(live: LiveJob): void;
}

export function createSender({ settlement, timers, clock }: SenderDeps): Sender {
  const send = (live: LiveJob, node: LiveNode) => node.session.assign(assignmentOf(live, node, clock()));
  return {
    send,

    async sendDurably(live, node) {
      const { epoch } = live.job;
      if (live.opening) await settlement.lease(live);
      else await settlement.open(live);
      if (!live.ending && live.node === node && live.job.epoch === epoch) send(live, node);
    },

    async noteReturn(live) {
      if (live.opening) await settlement.lease(live);
    },

    ride(live) {
      startTimer(live, timers, RIDE_MS, () => void settlement.open(live).catch((error: unknown) => live.reject(error)));
    },
  };
}

function assignmentOf({ job, stream }: LiveJob, node: LiveNode, now: Date): TaskAssign {
  const task: TaskAssign = {
    task_id: job.id,
    task_type: job.service,
    content: job.content,
    params: { ...job.params },
    reward: wholeCredits(job.hold),
  };
  if (!node.speaksPlexus) return task;
  // Object.assign: V8 of Node.js 20 takes 2 µs for a spread to which fields are added.
  const assignment = Object.assign(task, {
    epoch: job.epoch,
    deadline_ms: timeLeftMs(job, now),
    receipt: {
      receipt_id: receiptIdOf(job.id),
      client: job.accountId,
      unit_type: unitTypeOf(job),
      unit_price_micro: job.unitPrice.toString(),
      max_units: maxUnitsOf(job),
      ...(job.demands?.signedAlone && { alone: true as const }),
    },
  });
  return stream ? streamed(assignment, stream) : assignment;
}

/** Until the job's deadline, or the end of the node's turn where that comes before: its result is worth nothing then. */
function timeLeftMs({ deadlineAt, demands }: Job, now: Date): number {
  const leftMs = Math.max(0, deadlineAt.getTime() - now.getTime());
  return demands?.turnSeconds === undefined ? leftMs : Math.min(leftMs, demands.turnSeconds * 1000);
}

/** Pieces are wanted; whoever goes on with what was delivered must use the model that it was begun with. */
function streamed(assignment: TaskAssign, stream: JobStream): TaskAssign {
  const resume = stream.resume();
  if (!resume) return Object.assign(assignment, { stream: true });
  const model = stream.model && { model: stream.model.name };
  return { ...assignment, stream: true, resume, params: { ...assignment.params, ...model } };
}
