import { DomainError } from '../errors.ts';
import { hasEnded, type Job } from '../jobs/job.ts';
import type { OutputFile } from './artifact.ts';
import type { ArtifactStore, Content, ContentFacts } from './artifact-store.ts';
import { tooLarge } from './bundles.ts';

/** Files that one job may make, and their bytes together. */
export const MAX_OUTPUTS = 100;
export const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;
/** How long after its job's deadline a file is kept whose job was never seen to end. */
const UNSETTLED_MS = 3_600_000;

export interface OutputsDeps {
  readonly store: ArtifactStore;
  readonly clock: () => Date;
  /** At least 128 random bits, as a text that a path may have. */
  readonly newToken: () => string;
  /** Milliseconds for which a completed job's files are kept. */
  readonly keepMs: number;
}

/** A file as a node sends it. */
export interface NewOutput extends ContentFacts {
  readonly name: string;
  readonly content: Content;
}

/** The files that jobs make. */
export interface Outputs {
  /** @throws {DomainError} ARTIFACT_TOO_LARGE, STORAGE_FULL, INVALID_INPUT when it is not what it was said to be */
  keep(job: Job, file: NewOutput): Promise<OutputFile>;
  /** @throws {DomainError} ARTIFACT_NOT_FOUND, also for another name than the file's */
  get(id: string, name: string): Promise<OutputFile>;
  discard(file: OutputFile): Promise<void>;
  /** A job has ended: what it made under its last lease is kept if it completed; all else of it goes. */
  settle(job: Job): Promise<void>;
  /** Settles what was left open by the coordinator's end. */
  recover(findJob: (id: string) => Promise<Job | undefined>): Promise<void>;
}

export function createOutputs({ store, clock, newToken, keepMs }: OutputsDeps): Outputs {
  /** Jobs that have files and have not ended: most jobs have none, and cost nothing here. */
  const unsettled = new Set<string>();

  async function settle(job: Job): Promise<void> {
    if (!unsettled.delete(job.id)) return;
    const files = await store.listOutputs({ jobId: job.id });
    const isWanted = ({ epoch }: OutputFile) => job.state === 'completed' && epoch === job.epoch;
    const expiresAt = new Date(clock().getTime() + keepMs);
    await store.remove(files.filter((file) => !isWanted(file)).map(({ id }) => id));
    for (const file of files.filter(isWanted)) await store.update({ ...file, isFinal: true, expiresAt });
  }

  return {
    settle,

    async keep(job, file) {
      const earlier = (await store.listOutputs({ jobId: job.id })).filter(({ epoch }) => epoch === job.epoch);
      const same = earlier.find(({ name, sha256 }) => name === file.name && sha256 === file.sha256);
      if (same) return same;
      requireRoom(earlier, file.sizeBytes);
      unsettled.add(job.id);
      const { content, sha256, sizeBytes } = file;
      return await store.add(content, {
        accountId: job.accountId,
        maxBytes: sizeBytes,
        declaredBytes: sizeBytes,
        expected: { sha256, sizeBytes },
        record: (facts) => ({ ...unsettledFile(job, file.name), ...facts, id: newToken(), createdAt: clock() }),
      });
    },

    async get(id, name) {
      const found = await store.find(id);
      if (found?.kind === 'output' && found.name === name && found.expiresAt > clock()) return found;
      throw new DomainError('ARTIFACT_NOT_FOUND', 'There is no such file, or it has expired', { name });
    },

    discard: ({ id }) => store.remove([id]),

    async recover(findJob) {
      const open = await store.listOutputs({ isFinal: false });
      for (const jobId of new Set(open.map((file) => file.jobId))) {
        unsettled.add(jobId);
        const job = await findJob(jobId);
        if (job && hasEnded(job.state)) await settle(job);
      }
    },
  };
}

/** A file of a job that has not ended. */
function unsettledFile({ id: jobId, accountId, epoch, deadlineAt }: Job, name: string) {
  const expiresAt = new Date(deadlineAt.getTime() + UNSETTLED_MS);
  return { kind: 'output', accountId, name, jobId, epoch, isFinal: false, expiresAt } as const;
}

/** @throws {DomainError} ARTIFACT_TOO_LARGE when the job has made enough */
function requireRoom(earlier: readonly OutputFile[], sizeBytes: number): void {
  const usedBytes = earlier.reduce((sum, file) => sum + file.sizeBytes, 0);
  if (earlier.length >= MAX_OUTPUTS) {
    const message = `A job may make ${MAX_OUTPUTS} files at most`;
    throw new DomainError('ARTIFACT_TOO_LARGE', message, { limitBytes: MAX_OUTPUT_BYTES });
  }
  if (usedBytes + sizeBytes > MAX_OUTPUT_BYTES) throw tooLarge(MAX_OUTPUT_BYTES - usedBytes);
}
