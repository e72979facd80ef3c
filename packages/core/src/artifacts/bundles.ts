import { serviceFor } from '@plexus/protocol';
import { type Caller, requireScope } from '../accounts/caller.ts';
import { DomainError } from '../errors.ts';
import type { SubmitJob } from '../jobs/job-service.ts';
import { requireArchive } from './archive-kind.ts';
import { type Bundle, bundleId } from './artifact.ts';
import type { ArtifactStore, Content } from './artifact-store.ts';

/** Bytes of one archive. */
export const MAX_BUNDLE_BYTES = 100 * 1024 * 1024;
const HOUR_MS = 3_600_000;
/** A bundle's life is written anew this often at most: longer than that before its end nothing can expire under a job. */
const RENEW_MS = HOUR_MS;

export interface BundlesDeps {
  readonly store: ArtifactStore;
  readonly clock: () => Date;
  /** Milliseconds for which a bundle is kept after its last use; more than a job's life and two hours. */
  readonly keepMs: number;
}

/** The archives that clients hand in for their jobs. */
export interface Bundles {
  /** @throws {DomainError} FORBIDDEN, INVALID_INPUT, ARTIFACT_TOO_LARGE, STORAGE_FULL */
  upload(caller: Caller, content: Content, declaredBytes: number | undefined): Promise<Bundle>;
  /**
   * Passes a job whose bundle its account has uploaded; the bundle then lives on for a while.
   *
   * @returns nothing to wait for where the job names no bundle
   * @throws {DomainError} INVALID_INPUT
   */
  requireFor(request: Pick<SubmitJob, 'caller' | 'service' | 'params'>): Promise<void> | undefined;
  find(accountId: string, sha256: string): Promise<Bundle | undefined>;
}

export function createBundles({ store, clock, keepMs }: BundlesDeps): Bundles {
  const expiry = (): Date => new Date(clock().getTime() + keepMs);

  async function find(accountId: string, sha256: string): Promise<Bundle | undefined> {
    const found = await store.find(bundleId(accountId, sha256));
    const isThere = found?.kind === 'bundle' && found.expiresAt > clock();
    return isThere ? found : undefined;
  }

  async function requireOwn(accountId: string, sha256: string): Promise<void> {
    const bundle = await find(accountId, sha256);
    if (bundle) return await renew(bundle);
    const message = `params.bundle: this account has no bundle ${sha256}; upload it with POST /v1/bundles`;
    throw new DomainError('INVALID_INPUT', message, { field: 'params.bundle' });
  }

  async function renew(bundle: Bundle): Promise<void> {
    const expiresAt = expiry();
    if (expiresAt.getTime() - bundle.expiresAt.getTime() > RENEW_MS) await store.update({ ...bundle, expiresAt });
  }

  return {
    find,

    async upload(caller, content, declaredBytes) {
      requireScope(caller, 'submit');
      if (declaredBytes !== undefined && declaredBytes > MAX_BUNDLE_BYTES) throw tooLarge(MAX_BUNDLE_BYTES);
      const { accountId } = caller;
      return await store.add(requireArchive(content), {
        accountId,
        maxBytes: MAX_BUNDLE_BYTES,
        declaredBytes,
        record: (facts) => ({
          ...facts,
          kind: 'bundle',
          id: bundleId(accountId, facts.sha256),
          accountId,
          createdAt: clock(),
          expiresAt: expiry(),
        }),
      });
    },

    requireFor({ caller: { accountId }, service, params: { bundle: sha256 } }) {
      if (typeof sha256 !== 'string' || !serviceFor(service).takesBundle) return undefined;
      return requireOwn(accountId, sha256);
    },
  };
}

/** The refusal of a file that is longer than it may be. */
export function tooLarge(limitBytes: number): DomainError {
  const message = `The file is too large: ${limitBytes} bytes are allowed here`;
  return new DomainError('ARTIFACT_TOO_LARGE', message, { limitBytes });
}
