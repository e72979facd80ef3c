import type { Authenticator, JobService, JobStreams, NodeDirectory } from '@plexus/core';
import type { RateLimits } from '../rate-limit.ts';

/** Jobs, waited for whole or piece by piece. */
export type OpenAiJobs = Pick<JobService, 'submit' | 'get'> & JobStreams;

/** What OpenAI's endpoints need of the program that serves them. */
export interface OpenAiDeps {
  readonly jobs: OpenAiJobs;
  readonly nodes: Pick<NodeDirectory, 'listModels' | 'isLostModel'>;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  /** Since when the program runs: models have no other birthday here. */
  readonly startedAt: Date;
  /** By default 6,000 calls per minute and key, else per address. */
  readonly rateLimits?: RateLimits;
}
