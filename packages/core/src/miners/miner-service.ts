import type { TaskAssign } from '@plexus/protocol';
import type { Caller } from '../accounts/caller.ts';
import type { WorkClaim } from '../receipts/work-judge.ts';
import type { JobState } from '../jobs/job.ts';
import type { MinerRegistration } from './miner-registration.ts';
import type { PollOptions } from './polling-session.ts';

/** Who speaks: a key stands for one miner, and a token for one of its registrations. */
export interface MinerCaller {
  readonly caller: Caller;
  /** Absent where the miner does not show it; another one than the newest is refused. */
  readonly sessionToken?: string | undefined;
}

export interface RegisterMiner extends MinerRegistration {
  readonly caller: Caller;
  /** By default the key's own. */
  readonly minerId?: string;
}

/** A job's end as its miner tells it. */
export interface MinerResult {
  /** A text, or what is written as JSON. */
  readonly result: unknown;
  /** What the miner counted, where it did. */
  readonly counted?: WorkClaim;
  readonly processingMs?: number;
  /** The lease that it is told under; by default the one that the miner has. */
  readonly epoch?: number;
}

export interface MinerFailure {
  readonly code: string;
  readonly message: string;
  /** False when every other miner would fail likewise. */
  readonly isRetryable: boolean;
  readonly epoch?: number;
}

/** What has become of a job since its miner spoke of it. */
export interface JobStanding {
  readonly jobId: string;
  readonly state: JobState;
  /** Whether there is a receipt. */
  readonly hasReceipt: boolean;
}

/** A job that a miner is told of, and what its client calls it: an offer may be for that name. */
export type PolledTask = TaskAssign & { readonly name: string | undefined };

/** Miners that ask for work over HTTP, under the same leases, time-outs, rewards and receipts as nodes on sockets. */
export interface MinerService {
  /** @throws {DomainError} FORBIDDEN, NODE_IDENTITY_REFUSED */
  register(request: RegisterMiner): Promise<{ readonly minerId: string; readonly sessionToken: string }>;
  /**
   * Says that a miner is there, and how far its jobs are.
   *
   * @returns jobs that it need not go on with
   * @throws {DomainError} NODE_NOT_FOUND, NODE_IDENTITY_REFUSED
   */
  heartbeat(
    who: MinerCaller,
    news: { readonly isDraining: boolean; readonly progress: Readonly<Record<string, number>> },
  ): readonly string[];
  /**
   * Waits for a job.
   *
   * @returns nothing when there was none in that time
   * @throws {DomainError} NODE_NOT_FOUND, NODE_IDENTITY_REFUSED
   */
  poll(who: MinerCaller, options: PollOptions): Promise<PolledTask | undefined>;
  /** A job that was polled did not reach its miner. */
  giveBack(who: MinerCaller, task: TaskAssign): void;
  /** @throws {DomainError} NODE_NOT_FOUND, JOB_NOT_FOUND, STALE_LEASE, JOB_ALREADY_ENDED, INVALID_INPUT when it is refused */
  result(who: MinerCaller, jobId: string, result: MinerResult): Promise<JobStanding>;
  /** @throws {DomainError} NODE_NOT_FOUND, JOB_NOT_FOUND, STALE_LEASE, JOB_ALREADY_ENDED */
  fail(who: MinerCaller, jobId: string, failure: MinerFailure): Promise<JobStanding>;
  /** Ends every wait; miners must register again. */
  close(): void;
}
