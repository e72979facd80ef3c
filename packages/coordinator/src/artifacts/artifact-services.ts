import { randomBytes } from 'node:crypto';
import {
  type ArtifactStore,
  type Books,
  type Bundles,
  createBundles,
  createLeaseFiles,
  createOutputs,
  type EventBus,
  type LeaseFiles,
  type LiveJobs,
  type Outputs,
} from '@plexus/core';
import type { ReceiptCrypto, Signer } from '@plexus/protocol';
import type { Logger } from 'pino';

const DAY_MS = 24 * 3_600_000;
/** Days for which files are kept: a bundle after its last use, an output after its job's end. */
const KEEP_DAYS = 7;
const SWEEP_EVERY_MS = 10 * 60_000;
/** Random bytes of a token whose holder may read a file. */
const TOKEN_BYTES = 32;

/** The files of clients and their jobs. */
export interface ArtifactServices {
  readonly store: ArtifactStore;
  readonly bundles: Bundles;
  readonly outputs: Outputs;
  readonly leaseFiles: LeaseFiles;
}

interface ArtifactServicesDeps {
  readonly store: ArtifactStore;
  readonly live: LiveJobs;
  readonly crypto: ReceiptCrypto;
  readonly signer: Signer;
  readonly clock: () => Date;
  readonly keepDays: number | undefined;
}

export function createArtifactServices(deps: ArtifactServicesDeps): ArtifactServices {
  const { store, live, crypto, signer, clock, keepDays = KEEP_DAYS } = deps;
  const kept = { store, clock, keepMs: keepDays * DAY_MS };
  const bundles = createBundles(kept);
  const outputs = createOutputs({ ...kept, newToken: () => randomBytes(TOKEN_BYTES).toString('base64url') });
  const leaseFiles = createLeaseFiles({ live, store, bundles, outputs, crypto, coordinatorKey: signer.publicKey });
  return { store, bundles, outputs, leaseFiles };
}

interface ArtifactKeeperDeps extends Pick<ArtifactServices, 'store' | 'outputs'> {
  readonly books: Books;
  readonly events: EventBus;
  readonly logger: Logger;
}

export interface ArtifactKeeper {
  /** Files that were removed because their time was over. */
  readonly expired: number;
  close(): void;
}

/** Decides over the files of jobs that end, and removes what has expired. */
export async function keepArtifacts({
  store,
  outputs,
  books,
  events,
  logger,
}: ArtifactKeeperDeps): Promise<ArtifactKeeper> {
  let expired = 0;
  const report = (error: unknown): void => logger.error({ err: error }, 'files of jobs could not be settled');
  const unsubscribe = events.subscribe((event) => {
    if (event.type === 'job_ended') outputs.settle(event.job).catch(report);
  });
  const sweep = async (): Promise<void> => {
    expired += await store.removeExpired(new Date());
  };
  await outputs.recover((id) => books.read.findJob(id));
  await sweep();
  const sweeper = setInterval(() => void sweep().catch(report), SWEEP_EVERY_MS);
  return {
    get expired() {
      return expired;
    },
    close() {
      clearInterval(sweeper);
      unsubscribe();
    },
  };
}
