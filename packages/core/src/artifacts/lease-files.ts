import { decodeBase64, type LeaseAction, leaseFileMessage, type LeaseName, type ReceiptCrypto } from '@plexus/protocol';
import { DomainError } from '../errors.ts';
import type { Job } from '../jobs/job.ts';
import type { LiveJobs } from '../jobs/live-jobs.ts';
import type { Bundle, OutputFile } from './artifact.ts';
import type { ArtifactStore, Content } from './artifact-store.ts';
import type { Bundles } from './bundles.ts';
import type { NewOutput, Outputs } from './outputs.ts';

export interface LeaseFilesDeps {
  readonly live: LiveJobs;
  readonly store: ArtifactStore;
  readonly bundles: Bundles;
  readonly outputs: Outputs;
  readonly crypto: Pick<ReceiptCrypto, 'verify'>;
  /** The coordinator's own public key, standard base64. */
  readonly coordinatorKey: string;
}

/** A node's word for who it is and which lease it has. */
export interface LeaseClaim extends LeaseName {
  readonly nodeId: string;
  /** Of `leaseFileMessage` by the node's own key, standard base64. */
  readonly signature: string;
}

/** The files of jobs, for the nodes that have these jobs under lease, and for them only while they have. */
export interface LeaseFiles {
  /** @throws {DomainError} STALE_LEASE, NODE_IDENTITY_REFUSED, ARTIFACT_NOT_FOUND */
  readBundle(claim: LeaseClaim): Promise<{ readonly bundle: Bundle; readonly content: Content }>;
  /**
   * @throws {DomainError} STALE_LEASE, also when the lease ends meanwhile; NODE_IDENTITY_REFUSED, ARTIFACT_TOO_LARGE,
   *   STORAGE_FULL, INVALID_INPUT when the file is not what it was said to be
   */
  writeOutput(claim: LeaseClaim, file: NewOutput): Promise<OutputFile>;
}

const utf8 = new TextEncoder();

export function createLeaseFiles({
  live,
  store,
  bundles,
  outputs,
  crypto,
  coordinatorKey,
}: LeaseFilesDeps): LeaseFiles {
  /** The job that the node has under this lease now. */
  function jobOf(claim: LeaseClaim, action: LeaseAction): Job {
    const { job, node, ending } = live.find(claim.jobId) ?? {};
    const isHolder = node?.record.id === claim.nodeId && job?.epoch === claim.epoch && ending === false;
    if (!isHolder || !job) throw stale(claim);
    const message = utf8.encode(leaseFileMessage({ ...claim, coordinatorKey }, action));
    const [key, signature] = [decodeBase64(node.record.publicKey ?? ''), decodeBase64(claim.signature)];
    if (key && signature && crypto.verify(key, message, signature)) return job;
    const reason = 'The request is not signed by the key of the node that has the lease';
    throw new DomainError('NODE_IDENTITY_REFUSED', reason, { nodeId: claim.nodeId });
  }

  return {
    async readBundle(claim) {
      const { accountId, params } = jobOf(claim, { type: 'read_bundle' });
      const sha256 = params['bundle'];
      const bundle = typeof sha256 === 'string' ? await bundles.find(accountId, sha256) : undefined;
      if (bundle) return { bundle, content: await store.open(bundle) };
      throw new DomainError('ARTIFACT_NOT_FOUND', 'The job has no bundle, or it has expired', { name: 'bundle' });
    },

    async writeOutput(claim, file) {
      const { name, sha256, sizeBytes } = file;
      const action: LeaseAction = { type: 'write_output', name, sha256, sizeBytes };
      const kept = await outputs.keep(jobOf(claim, action), file);
      const { job, ending } = live.find(claim.jobId) ?? {};
      if (job?.epoch === claim.epoch && ending === false) return kept;
      await outputs.discard(kept);
      throw stale(claim);
    },
  };
}

function stale({ jobId, epoch }: LeaseName): DomainError {
  return new DomainError('STALE_LEASE', `Task ${jobId} is not leased to this node under that epoch`, { jobId, epoch });
}
