import type {
  Authenticator,
  JobService,
  Marketplace,
  MinerService,
  NodeDirectory,
  ReceiptService,
  Statistics,
  WebhookService,
} from '@plexus/core';
import type { RateLimits } from '../rate-limit.ts';

/** What of the coordinator is well. */
interface Wellbeing {
  readonly database: boolean;
  readonly log: boolean;
  /** Whether jobs are taken. */
  readonly market: boolean;
}

/** What AITBC's endpoints need of the program that serves them. */
export interface AitbcDeps {
  readonly jobs: Pick<JobService, 'submit' | 'get' | 'page' | 'cancel' | 'outlook'>;
  readonly receipts: Pick<ReceiptService, 'get' | 'verify'>;
  readonly nodes: Pick<NodeDirectory, 'countOffering'>;
  readonly statistics: Statistics;
  readonly marketplace: Marketplace;
  readonly miners: MinerService;
  readonly webhooks: WebhookService;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly version: string;
  /** Where the coordinator runs, for example `production`. */
  readonly environment: string;
  readonly wellbeing: () => Promise<Wellbeing>;
  readonly clock: () => Date;
  /** By default 600 calls per minute and key, else per address. */
  readonly rateLimits?: RateLimits;
}
