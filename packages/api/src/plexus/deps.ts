import type { AccountService, JobService, KeyService, NodeGate, NodeDirectory, ReceiptService } from '@plexus/core';
import type { RateLimits } from '../rate-limit.ts';

/** What Plexus's own endpoints need of the program that serves them. */
export interface PlexusDeps {
  readonly jobs: Pick<JobService, 'submit' | 'get' | 'wait' | 'list' | 'cancel'>;
  readonly accounts: Pick<AccountService, 'wallet' | 'entries' | 'grant'>;
  readonly keys: KeyService;
  readonly nodes: Pick<
    NodeDirectory,
    'listOnline' | 'countOnline' | 'countOffering' | 'list' | 'drain' | 'releaseRewards'
  >;
  readonly receipts: Pick<ReceiptService, 'get' | 'head' | 'consistency'>;
  readonly authenticator: Pick<NodeGate, 'authenticate' | 'owns'>;
  readonly info: CoordinatorInfo;
  /** Micro-credits over all accounts: zero when the books balance. */
  readonly ledgerSum: () => Promise<bigint>;
  /** By default 6,000 calls per minute and key, else per address. */
  readonly rateLimits?: RateLimits;
}

/** What does not change while the coordinator runs. */
interface CoordinatorInfo {
  readonly name: string;
  readonly version: string;
  /** Raw Ed25519 public key in standard base64. */
  readonly publicKey: string;
  readonly logId: string;
  /** Where the log was begun anew on a backup of the one before, if it was. */
  readonly logPeriod?: {
    readonly previous_log_id: string;
    /** ISO text. */
    readonly began_at: string;
    /** Entries that it took over. */
    readonly tree_size: number;
  };
  readonly startedAt: Date;
  /** Limits that callers meet, by name with unit, for example `body_bytes`. */
  readonly limits: Readonly<Record<string, number>>;
}
