import type { ArtifactStore, Authenticator, Bundles, LeaseFiles, Outputs } from '@plexus/core';
import type { RateLimits } from '../rate-limit.ts';

/** What the endpoints about files need of the program that serves them. */
export interface ArtifactDeps {
  readonly bundles: Pick<Bundles, 'upload'>;
  readonly outputs: Pick<Outputs, 'get'>;
  readonly store: Pick<ArtifactStore, 'open'>;
  readonly leaseFiles: LeaseFiles;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  /** By default 6,000 calls per minute and key, else per address. */
  readonly rateLimits?: RateLimits;
}
