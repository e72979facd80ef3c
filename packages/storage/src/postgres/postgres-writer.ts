import type { Writer } from '../command-queue.ts';
import type { Group, GroupResult } from '../group-commit.ts';
import { messageOf, StorageError } from '../storage-error.ts';
import { type BatchCommit, createBatchCommit } from './commit-batch.ts';
import { isFinal, Link } from './link.ts';
import { createRowMemory, NO_MEMORY } from './row-memory.ts';
import { codeOf } from './session.ts';
import { openWriterSession, unlock, type WriterOptions, type WriterSession } from './writer-session.ts';

/** Groups that are tried alone after one another; later than this the rest has failed with their batch. */
const ALONE_MS = 15_000;

export interface PostgresWriterOptions extends WriterOptions {
  /** Told when the connection is lost, and with nothing when it stands again. */
  readonly onHealth: (problem: StorageError | undefined) => void;
}

/**
 * Writes batches in transactions of a connection of its own, which is made anew when it is lost.
 *
 * @throws {StorageError} unavailable, newer_schema, in_use
 */
export async function createPostgresWriter(options: PostgresWriterOptions): Promise<Writer> {
  const { database, writerId, writers, onHealth } = options;
  const link = await Link.open<WriterSession>({
    open: (before) => openWriterSession(options, before),
    onDown: (cause) => onHealth(new StorageError('unavailable', `Lost the database ${database.shown}`, { cause })),
    onUp: () => onHealth(undefined),
    onFailed: onHealth,
  });
  const commit = createBatchCommit(link, writers === 'one' ? createRowMemory() : NO_MEMORY);
  const forget = { name: 'forget writer', text: 'DELETE FROM writer WHERE id = $1', values: [writerId] };

  return {
    write: (groups) => commitGroups(commit, groups),

    async close() {
      const forgetting = link.get(0).then((session) => session.send([forget]).finally(() => unlock(session)));
      await forgetting.catch(() => undefined);
      await link.close();
    },
  };
}

/**
 * Commits the groups together; where the batch cannot be written, each alone, so that the one at fault fails alone,
 * and those for which that would take too long with it.
 *
 * @throws {StorageError} in_use, went_back, newer_schema: nothing can be written by this writer ever again
 */
async function commitGroups(
  commit: BatchCommit,
  groups: readonly Group[],
  lockedTries?: number,
): Promise<readonly GroupResult[]> {
  try {
    return await commit(groups, lockedTries);
  } catch (error) {
    if (isFinal(error)) throw error;
    if (groups.length === 1 || isOfAll(error)) return groups.map(() => ({ ok: false, error: failureOf(error) }));
    const deadline = performance.now() + ALONE_MS;
    const results: GroupResult[] = [];
    for (const group of groups) {
      const inTime = performance.now() < deadline;
      results.push(
        ...(inTime ? await commitGroups(commit, [group], 1) : [{ ok: false as const, error: failureOf(error) }]),
      );
    }
    return results;
  }
}

/**
 * Whether the database would fail every group like this. Source: PostgreSQL, appendix A: insufficient resources, system
 * errors, internal errors.
 */
function isOfAll(error: unknown): boolean {
  return error instanceof StorageError || /^(53|58|XX)/.test(codeOf(error) ?? '');
}

function failureOf(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  return new StorageError('write_failed', `Nothing was written: ${messageOf(error)}`, { cause: error });
}
