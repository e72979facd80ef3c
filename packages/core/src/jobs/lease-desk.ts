import type { TaskChunk, TaskProgress } from '@plexus/protocol';
import type { EventBus } from '../events/events.ts';
import { isLate, type LiveNode, noteReleased } from '../nodes/live-node.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import type { WorkResult } from '../receipts/work-judge.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import { type Dispatcher, placementOf } from './dispatcher.ts';
import { type LiveJob, reopenAttempt, startTimer, type Timers } from './live-job.ts';
import type { LiveJobs } from './live-jobs.ts';
import type { Turns } from './turns.ts';
import type { WaitingLine } from './waiting-line.ts';

/** How long a lost node may take to come back to its leases when nobody else can take them. Source: DESIGN.md 10. */
const RESUME_MS = 5000;

export interface LeaseDeskDeps {
  readonly live: LiveJobs;
  readonly registry: NodeRegistry;
  readonly scheduler: Scheduler;
  readonly dispatcher: Dispatcher;
  readonly line: Pick<WaitingLine, 'leave'>;
  readonly turns: Turns;
  readonly timers: Timers;
  readonly events: EventBus;
}

/** What nodes say about the jobs that they have under lease. */
export interface LeaseDesk {
  /**
   * Takes a result in, or refuses it: only the assigned node under its current lease may answer.
   *
   * @returns false when it was refused
   */
  result(node: LiveNode, result: WorkResult): boolean;
  /** Whether the node has this lease now. */
  holds(node: LiveNode, lease: { readonly task_id: string; readonly epoch: number }): boolean;
  /**
   * Gives a node that speaks of a lease this one back, if it was lost with it and nobody has had the job since.
   *
   * @returns whether the node has it now
   */
  reclaim(node: LiveNode, lease: { readonly task_id: string; readonly epoch: number }): boolean;
  /** A piece of a streamed output. @returns false when it was refused */
  chunk(node: LiveNode, chunk: TaskChunk): boolean;
  /** @returns false when it was refused */
  progress(node: LiveNode, progress: TaskProgress): boolean;
  /** A node is there (again): it keeps the leases that are still its own, and drops the others. */
  joined(node: LiveNode, resume: readonly { readonly task_id: string; readonly epoch: number }[]): void;
  /** A node has places again. */
  ready(node: LiveNode): void;
  /** A node is gone: its jobs go elsewhere at once. */
  lost(node: LiveNode): void;
  /** Waits for the node of a job that was running when the coordinator stopped. */
  await(live: LiveJob): void;
  /** Takes a job off its node, because it ended or timed out. */
  release(live: LiveJob, reason: string): void;
}

export function createLeaseDesk(deps: LeaseDeskDeps): LeaseDesk {
  const { live: jobs, scheduler, dispatcher, turns, timers } = deps;

  /** At once to another node, or into the line for it; where none can take it, the lost one has a moment to come back. */
  function lose(live: LiveJob): void {
    delete live.node;
    jobs.recount(live);
    // Not even the lost one can go on with a stream whose weights or tokens are not known.
    if (live.stream?.canGoOn === false || scheduler.isPossible(placementOf(live))) return turns.lost(live);
    startTimer(live, timers, RESUME_MS, () => isOrphan(live) && turns.lost(live));
  }

  /** A node that came back without a lease may begin that job anew, like any other. */
  function offer(live: LiveJob, node: LiveNode): void {
    if (live.job.nodeId === node.record.id) live.tried.delete(node.record.id);
    if (isToGo(live, node, scheduler)) turns.lost(live);
  }

  return {
    result(node, result) {
      const live = findLease(node, { task_id: result.task_id, epoch: result.epoch }, deps);
      if (live && result.status === 'completed') turns.completed(live, node, result);
      else if (live) turns.failed(live, result);
      return live !== undefined;
    },

    holds: (node, lease) => hasLease(jobs.find(lease.task_id), node, lease.epoch),

    reclaim: (node, lease) => hasLease(jobs.find(lease.task_id), node, lease.epoch) || reclaim(node, lease, deps),

    chunk: (node, chunk) => takePiece(node, chunk, deps),

    progress: (node, progress) => noteProgress(node, progress, deps),

    joined(node, resume) {
      for (const { task_id, epoch } of resume) {
        if (!takeBack(node, { task_id, epoch }, deps)) node.session.cancel(task_id, epoch, 'the lease is over');
      }
      for (const live of jobs.list()) {
        if (isLeftBehind(live, node)) lose(live);
        if (isOrphan(live)) offer(live, node);
        if (waitsAfter(live, node)) live.tried.delete(node.record.id);
      }
      dispatcher.serveAnew(node.services.keys());
    },

    ready: (node) => dispatcher.serve(node.services.keys()),

    lost(node) {
      for (const jobId of node.leases.keys()) {
        const live = jobs.find(jobId);
        if (live?.node === node && !live.ending) lose(live);
      }
      node.leases.clear();
    },

    await: lose,

    release(live, reason) {
      live.node?.session.cancel(live.job.id, live.job.epoch, reason);
      if (live.node) noteReleased(live.node, live.job.id);
      turns.free(live);
    },
  };
}

/** Pieces of a lease that was taken from the node may still be on their way: they do no harm. */
function takePiece(node: LiveNode, chunk: TaskChunk, { live: jobs, turns }: LeaseDeskDeps): boolean {
  const live = jobs.find(chunk.task_id);
  if (!live?.stream || !hasLease(live, node, chunk.epoch)) return isLate(node, chunk.task_id);
  const wrong = live.stream.take(chunk);
  if (wrong !== undefined) turns.broke(live, node, wrong);
  return wrong === undefined;
}

function noteProgress(node: LiveNode, progress: TaskProgress, deps: LeaseDeskDeps): boolean {
  const live = findLease(node, progress, deps);
  if (!live) return false;
  const { progressPercent = 0 } = live.job;
  if (progress.percent > progressPercent) {
    live.job = { ...live.job, progressPercent: progress.percent };
    deps.events.emit({ type: 'job_progress', job: live.job });
  }
  return true;
}

interface LeaseClaim {
  readonly task_id: string;
  readonly epoch: number | undefined;
}

/** The job if this node has it under this lease; else the node is told what is wrong. */
function findLease(node: LiveNode, claim: LeaseClaim, { live: jobs, events }: LeaseDeskDeps): LiveJob | undefined {
  const { task_id: jobId, epoch } = claim;
  const live = jobs.find(jobId);
  if (live && hasLease(live, node, epoch)) return live;
  const code = refusalOf(live, node);
  events.emit({ type: 'result_refused', nodeId: node.record.id, jobId, reason: code });
  node.session.refuse(code, `Task ${jobId} is not leased to this node under that epoch`);
  return undefined;
}

/** Nodes of the original system name no epoch. */
function hasLease(live: LiveJob | undefined, node: LiveNode, epoch: number | undefined): boolean {
  return live !== undefined && !live.ending && live.node === node && (epoch ?? live.job.epoch) === live.job.epoch;
}

function refusalOf(live: LiveJob | undefined, node: LiveNode): string {
  if (!live) return 'UNKNOWN_TASK';
  return live.job.nodeId === node.record.id ? 'STALE_LEASE' : 'NOT_YOUR_TASK';
}

/** Gives a node its lease back after a new connection, if nobody has taken the job over meanwhile. */
function takeBack(node: LiveNode, { task_id, epoch }: LeaseClaim, deps: LeaseDeskDeps): boolean {
  const { live: jobs } = deps;
  const live = jobs.find(task_id);
  // Pieces of a stream may have been lost with the old connection: it begins anew from those that came.
  if (!live || live.ending || live.stream || live.job.nodeId !== node.record.id) return false;
  if (live.job.epoch !== epoch || live.job.state !== 'running') return false;
  if (live.node !== node) give(live, node, deps);
  return true;
}

function give(live: LiveJob, node: LiveNode, { live: jobs, registry }: LeaseDeskDeps): void {
  live.node = node;
  jobs.recount(live);
  registry.takeSlot(node, live.job.service, live.job.id);
}

function reclaim(node: LiveNode, { task_id, epoch }: LeaseClaim, deps: LeaseDeskDeps): boolean {
  const live = deps.live.find(task_id);
  if (!live || live.job.epoch !== epoch || !isUntaken(live, node)) return false;
  deps.line.leave(live);
  live.job = { ...live.job, state: 'running', attempts: reopenAttempt(live.job) };
  give(live, node, deps);
  return true;
}

/** Whether a job was this node's last, which it did not end itself, and nobody's since. */
function isUntaken({ job, node: holder, ending, stream, agreeing }: LiveJob, { record: { id } }: LiveNode): boolean {
  if (holder || ending || stream || agreeing || job.nodeId !== id) return false;
  const { outcome = 'node_lost' } = job.attempts.at(-1) ?? {};
  return outcome === 'node_lost' && (job.demands?.only?.includes(id) ?? true);
}

/** Whether a job's node is gone and nobody has taken the job over yet. */
function isOrphan({ job, node, ending }: LiveJob): boolean {
  return node === undefined && job.state === 'running' && !ending;
}

/** Whether an orphan need not wait any more: a place is free, or its own node is back without it, so that it may line up. */
function isToGo(live: LiveJob, { record }: LiveNode, scheduler: Scheduler): boolean {
  const placement = placementOf(live);
  const isOwn = live.job.nodeId === record.id;
  return isOwn ? scheduler.isPossible(placement) : scheduler.choose(placement).node !== undefined;
}

/** Whether a job waits for a place since this node was lost with it, or failed at it before it reconnected. */
function waitsAfter({ job, node: holder, ending }: LiveJob, node: LiveNode): boolean {
  return holder === undefined && job.state === 'queued' && job.nodeId === node.record.id && !ending;
}

/** Whether a job hangs on an earlier connection of a node that has come back without it. */
function isLeftBehind({ node: holder, ending }: LiveJob, node: LiveNode): boolean {
  return holder !== undefined && holder !== node && holder.record.id === node.record.id && !ending;
}
