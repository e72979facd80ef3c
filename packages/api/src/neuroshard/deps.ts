import type { Authenticator, JobService, JobStreams, WalletService } from '@plexus/core';
import type { RateLimits } from '../rate-limit.ts';

/** What NeuroShard's endpoints need of the program that serves them. */
export interface NeuroshardDeps {
  readonly jobs: Pick<JobService, 'submit' | 'get'> & JobStreams;
  readonly wallet: Omit<WalletService, 'addressOf'> & Pick<WalletService, 'addressOf'>;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  /** `off`, or by default what the page says for each group of calls. */
  readonly rateLimits?: RateLimits;
}
