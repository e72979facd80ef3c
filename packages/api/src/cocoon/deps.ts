import type {
  Authenticator,
  NodePasses,
  ParticipantService,
  PayoutService,
  WalletLogin,
  WorkerService,
} from '@plexus/core';
import type { RateLimits } from '../rate-limit.ts';

/** How often one address may read and write. */
export type FleetLimits = 'off' | { readonly reads: RateLimits; readonly writes: RateLimits };

/** What the Cocoon manager's endpoints need of the program that serves them. */
export interface CocoonDeps {
  readonly participants: ParticipantService;
  readonly workers: WorkerService;
  readonly payouts: PayoutService;
  readonly login: WalletLogin;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  /** How nodes prove that they hand on somebody's call. */
  readonly passes: Pick<NodePasses, 'require'>;
  readonly clock: () => Date;
  readonly fleetLimits: FleetLimits;
}
