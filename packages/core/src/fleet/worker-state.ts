/** How a worker does. Source: contract/cocoon.md, "Status". */
export type WorkerStatus = 'healthy' | 'warning' | 'degraded' | 'down';

/** Why a poll brought nothing. `blocked` is an address that the operator has not allowed. */
export type PollFailure = 'refused' | 'timeout' | 'bad_answer' | 'blocked' | 'unreachable';

/** A counter of one worker: what it said last, and all that it ever counted, whatever it was set back to meanwhile. */
export interface Counted {
  readonly said: number;
  readonly total: number;
}

/** What the collector knows of a worker beyond its last answer; kept, so that nothing is counted twice after a restart. */
export interface WorkerState {
  readonly workerId: number;
  readonly status: WorkerStatus;
  /** When it answered last. */
  readonly seenAt?: Date;
  /** When it was asked last. */
  readonly askedAt: Date;
  /** Polls one after another that were refused at once. */
  readonly refusals: number;
  readonly gpuUtilization?: number;
  /** NanoTON that it says it has earned. */
  readonly revenueSaid?: number;
  /** NanoTON that it has earned in all. */
  readonly revenue: number;
  /** By the part of the revenue: a proxy, or the worker itself. NanoTON. */
  readonly revenueParts: Readonly<Record<string, Counted>>;
  /** NanoTON for a token, by which the parts were counted last. */
  readonly feePerToken?: number;
  readonly requests: Counted;
  readonly failed: Counted;
  /** Milliseconds spent on requests. */
  readonly busyMs: Counted;
  /** Polls that failed, by why. */
  readonly errors: Readonly<Partial<Record<PollFailure, number>>>;
}

export function unseenWorker(workerId: number, at: Date): WorkerState {
  return {
    workerId,
    status: 'down',
    askedAt: at,
    refusals: 0,
    revenue: 0,
    revenueParts: {},
    requests: { said: 0, total: 0 },
    failed: { said: 0, total: 0 },
    busyMs: { said: 0, total: 0 },
    errors: {},
  };
}
