import type { Authenticator, Job, JobService, JobStreams, NodeDirectory, SubmitJob } from '@plexus/core';
import type { RateLimits } from '../rate-limit.ts';

/** A submission that is given up when nobody waits for it any more. */
export interface AwaitedJob extends SubmitJob {
  /** Ends when nobody waits any more: the job is then cancelled. Absent: it goes on. */
  readonly signal?: AbortSignal;
}

/** Jobs, waited for whole or piece by piece. */
export interface OpenAiJobs extends Pick<JobService, 'get'>, JobStreams {
  /** As `JobService.submit`. */
  submit(request: AwaitedJob): Promise<Job>;
}

/** What OpenAI's endpoints need of the program that serves them. */
export interface OpenAiDeps {
  readonly jobs: OpenAiJobs;
  readonly nodes: Pick<NodeDirectory, 'listModels'>;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  /** Since when the program runs: models have no other birthday here. */
  readonly startedAt: Date;
  /** By default 6,000 calls per minute and key, else per address. */
  readonly rateLimits?: RateLimits;
}
