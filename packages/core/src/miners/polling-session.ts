import type { TaskAssign } from '@plexus/protocol';
import type { Timers } from '../jobs/live-job.ts';
import type { LiveNode, NodeSession } from '../nodes/live-node.ts';

/** Leases that ended before their results came and of which the miner has not been told yet. */
const MAX_CANCELLED = 1000;
/** A question whose time is over waits so much longer for a job that is being written for it. */
const PROMISE_MS = 2000;

/** Somebody who waits for a job. */
type Poll = (task: TaskAssign | undefined) => void;

export interface PollingSessionDeps {
  readonly token: string;
  /** Jobs that the miner does at once. */
  readonly concurrency: number;
  readonly timers: Timers;
  /** Told how many more jobs the miner would take now. */
  readonly onPlaces: (node: LiveNode, places: number) => void;
}

/** How long to wait for a job, and what ends the waiting before. */
export interface PollOptions {
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/**
 * A miner that asks for its jobs, in the place of a socket: it has as many free places as it has questions open, so that
 * what waits for it waits in the line like all else and can still go elsewhere.
 */
export class PollingSession implements NodeSession {
  readonly isPolling = true;
  readonly token: string;
  readonly concurrency: number;
  isClosed = false;
  isDrained = false;
  private node: LiveNode | undefined;
  private readonly deps: PollingSessionDeps;
  private readonly polls = new Set<Poll>();
  /** Jobs that came when nobody asked any more. */
  private readonly unasked: TaskAssign[] = [];
  /** Jobs that the miner was, or is to be, told of. */
  private readonly assigned = new Set<string>();
  private readonly cancelled = new Set<string>();

  constructor(deps: PollingSessionDeps) {
    this.deps = deps;
    this.token = deps.token;
    this.concurrency = deps.concurrency;
  }

  /** The miner as the scheduler sees it, once it is connected. */
  attach(node: LiveNode): void {
    this.node = node;
  }

  /** Waits for a job; of more questions than the miner has places the oldest is answered at once. */
  async poll({ waitMs, signal }: PollOptions): Promise<TaskAssign | undefined> {
    const waiting = this.unasked.shift();
    if (waiting || this.isClosed || signal.aborted) return waiting;
    const [oldest] = this.polls;
    if (this.polls.size >= this.concurrency) oldest?.(undefined);
    const { timers } = this.deps;
    return await new Promise((resolve) => {
      const answer: Poll = (task) => {
        stop();
        signal.removeEventListener('abort', leave);
        this.polls.delete(answer);
        resolve(task);
        this.tellPlaces();
      };
      const leave = (): void => answer(undefined);
      let stop = timers.after(waitMs, () => {
        if (this.promised > 0) stop = timers.after(PROMISE_MS, leave);
        else leave();
      });
      signal.addEventListener('abort', leave);
      this.polls.add(answer);
      this.tellPlaces();
    });
  }

  /** A job that did not reach the miner is the next one that it is told of. */
  giveBack(task: TaskAssign): void {
    if (!this.assigned.has(task.task_id)) return;
    const [poll] = this.polls;
    if (poll) poll(task);
    else this.unasked.unshift(task);
  }

  /** The miner has a job that another registration of it was told of. */
  keep(jobId: string): void {
    this.assigned.add(jobId);
  }

  /** The miner has said what became of a job. */
  forget(jobId: string): void {
    this.assigned.delete(jobId);
    this.tellPlaces();
  }

  /** Jobs that the miner need not go on with, each told once. */
  takeCancelled(): readonly string[] {
    const jobIds = [...this.cancelled];
    this.cancelled.clear();
    return jobIds;
  }

  assign(task: TaskAssign): void {
    this.assigned.add(task.task_id);
    const [poll] = this.polls;
    if (poll) poll(task);
    else this.unasked.push(task);
  }

  cancel(jobId: string): void {
    const at = this.unasked.findIndex(({ task_id }) => task_id === jobId);
    if (at >= 0) this.unasked.splice(at, 1);
    else if (this.assigned.has(jobId)) this.noteCancelled(jobId);
    this.assigned.delete(jobId);
    // The lease is taken back after this.
    this.deps.timers.after(0, () => this.tellPlaces());
  }

  /** The miner reads that in the answer to what it said. */
  refuse(): void {}

  drain(): void {
    this.isDrained = true;
  }

  close(): void {
    this.isClosed = true;
    for (const poll of this.polls) poll(undefined);
  }

  /** Jobs of this kind are not streamed to anybody. */
  window(): void {}

  /** The miner reads its balance where everybody does. */
  credit(): void {}

  private noteCancelled(jobId: string): void {
    this.cancelled.add(jobId);
    if (this.cancelled.size <= MAX_CANCELLED) return;
    const [oldest] = this.cancelled;
    if (oldest !== undefined) this.cancelled.delete(oldest);
  }

  /** Leases that are being written: they are for questions that are still open. */
  private get promised(): number {
    return [...(this.node?.leases.keys() ?? [])].filter((jobId) => !this.assigned.has(jobId)).length;
  }

  private tellPlaces(): void {
    const { node, polls, promised, concurrency } = this;
    if (!node || this.isClosed) return;
    const places = Math.min(polls.size - promised, concurrency - node.leases.size);
    this.deps.onPlaces(node, Math.max(0, places));
  }
}
