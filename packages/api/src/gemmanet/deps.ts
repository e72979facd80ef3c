import type { AccountService, Authenticator, JobService, NodeDirectory } from '@plexus/core';
import type { RateLimits } from '../rate-limit.ts';

/** What GemmaNet's endpoints need of the program that serves them. */
export interface GemmanetDeps {
  readonly jobs: Pick<JobService, 'submit' | 'rate'>;
  readonly accounts: Pick<AccountService, 'register' | 'wallet' | 'entries'>;
  readonly nodes: Pick<NodeDirectory, 'listOnline' | 'countOnline' | 'reputation' | 'leaderboard'>;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  /** The version that `/api/v1/status` shows. */
  readonly version: string;
  /** Tasks accepted on this UTC day. */
  readonly tasksToday: () => number;
  /** Whether only this machine can reach the listener; elsewhere an invite is needed to register. */
  readonly isLoopback: boolean;
  readonly acceptsInvite: (invite: string) => boolean;
  /** By default 6,000 calls per minute and key, else per address. */
  readonly rateLimits?: RateLimits;
}
