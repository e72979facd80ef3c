import type { Authenticator, Guests, JobService, JobStreams, NodePasses, ReportedJobs } from '@plexus/core';
import type { InfernetSite } from '@plexus/protocol';
import type { RateLimits } from '../rate-limit.ts';

/** The containers of connected nodes, and what is under way for them. */
export interface ContainerSites {
  /** Undefined where the node has no containers. */
  siteOf(nodeId: string): InfernetSite | undefined;
  /** Jobs of a node that run or wait. */
  pendingOf(nodeId: string): number;
  /** Those that need one of its containers. */
  pendingFor(nodeId: string, containerId: string): number;
}

/** What Infernet's endpoints need of the program that serves them. */
export interface InfernetDeps {
  readonly jobs: Pick<JobService, 'submit' | 'get' | 'wait' | 'listIds'> & JobStreams;
  readonly reported: ReportedJobs;
  readonly sites: ContainerSites;
  readonly passes: NodePasses;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  /** Absent where everybody needs a key. */
  readonly guests: Guests | undefined;
  readonly version: string;
  readonly clock: () => Date;
  /** By default 6,000 calls per minute and key, else per address. */
  readonly rateLimits?: RateLimits;
}
