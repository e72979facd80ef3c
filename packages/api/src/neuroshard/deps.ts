import type {
  JobService,
  JobStreams,
  NodeDirectory,
  NodeEarnings,
  NodeGate,
  NodePasses,
  TrainingBook,
  WalletService,
} from '@plexus/core';
import type { RateLimits } from '../rate-limit.ts';

/** What NeuroShard's endpoints need of the program that serves them. */
export interface NeuroshardDeps {
  readonly jobs: Pick<JobService, 'submit' | 'get'> & JobStreams;
  readonly wallet: WalletService;
  readonly nodes: Pick<NodeDirectory, 'listOnline'>;
  readonly earnings: NodeEarnings;
  readonly training: TrainingBook;
  readonly authenticator: Pick<NodeGate, 'authenticate'>;
  readonly passes: NodePasses;
  /** `off`, or by default what the page says for each group of calls. */
  readonly rateLimits?: RateLimits;
}
