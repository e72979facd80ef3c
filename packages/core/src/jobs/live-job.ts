import type { LiveNode } from '../nodes/live-node.ts';
import type { JobStream } from './job-stream.ts';
import type { Attempt, AttemptOutcome, Decision, Job } from './job.ts';

/** Stops a timer that was started. */
export type StopTimer = () => void;

/** Time that passes, injected so that tests need not wait. */
export interface Timers {
  after(milliseconds: number, run: () => void): StopTimer;
}

/** Scheduling decisions that are kept with a job. */
const KEPT_DECISIONS = 10;

/** A job that has not ended, with what is only in memory of it. */
export interface LiveJob {
  /** The newest state; replaced, never changed. */
  job: Job;
  /** Resolves when hold and job are on disk; absent while the hold still rides in memory. */
  opening?: Promise<void>;
  /** Settles when the books have, or refuse, another key and price for it; its end, which names them, waits for that. */
  agreeing?: Promise<void>;
  /** Whether the end has been decided; nothing is accepted after that. */
  ending: boolean;
  /** The node that has the lease and is connected. */
  node?: LiveNode;
  /** The output on its way to a reader; absent where nobody reads before the end. */
  readonly stream: JobStream | undefined;
  /** True when the job may wait for a node until its deadline: nobody holds a connection for it. */
  readonly patient: boolean;
  /** Nodes that have had their turn. */
  readonly tried: Set<string>;
  readonly timers: Set<StopTimer>;
  readonly ended: Promise<Job>;
  readonly resolve: (job: Job) => void;
  readonly reject: (error: unknown) => void;
}

export function createLiveJob(
  job: Job,
  { patient, stream }: Pick<LiveJob, 'patient'> & Partial<Pick<LiveJob, 'stream'>>,
): LiveJob {
  const { promise, resolve, reject } = deferred<Job>();
  return {
    job,
    stream,
    patient,
    ending: false,
    tried: new Set(),
    timers: new Set(),
    ended: promise,
    resolve,
    reject,
  };
}

/** Starts a timer that ends with the job. */
export function startTimer(live: LiveJob, timers: Timers, milliseconds: number, run: () => void): StopTimer {
  const stop = timers.after(milliseconds, () => {
    live.timers.delete(stop);
    run();
  });
  live.timers.add(stop);
  return stop;
}

export function stopTimers(live: LiveJob): void {
  for (const stop of live.timers) stop();
  live.timers.clear();
}

/** The job under a new lease: the next epoch, on that node. */
export function leased(job: Job, node: LiveNode, decision: Decision, now: Date): Job {
  const epoch = job.epoch + 1;
  const attempt: Attempt = { epoch, nodeId: node.record.id, startedAt: now };
  return {
    ...job,
    state: 'running',
    epoch,
    nodeId: node.record.id,
    startedAt: job.startedAt ?? now,
    attempts: [...job.attempts, attempt],
    decisions: keepDecision(job, decision),
  };
}

export function keepDecision(job: Job, decision: Decision): readonly Decision[] {
  return [...job.decisions, decision].slice(-KEPT_DECISIONS);
}

/** The attempts with the newest one ended, if it was still open. */
export function closeAttempt(job: Job, outcome: AttemptOutcome, now: Date, error?: string): readonly Attempt[] {
  const last = job.attempts.at(-1);
  if (!last || last.outcome !== undefined) return job.attempts;
  const { epoch, nodeId, startedAt } = last;
  const closed = { epoch, nodeId, startedAt, endedAt: now, outcome, ...(error !== undefined && { error }) };
  return [...job.attempts.slice(0, -1), closed];
}

/** The attempts with the newest one open again. */
export function reopenAttempt({ attempts }: Job): readonly Attempt[] {
  const last = attempts.at(-1);
  if (!last) return attempts;
  const { epoch, nodeId, startedAt } = last;
  return [...attempts.slice(0, -1), { epoch, nodeId, startedAt }];
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
