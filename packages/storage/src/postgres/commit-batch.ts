import { setTimeout as sleep } from 'node:timers/promises';
import type { Group, GroupResult } from '../group-commit.ts';
import { StorageError } from '../storage-error.ts';
import type { Link } from './link.ts';
import type { RowMemory } from './row-memory.ts';
import { codeOf } from './session.ts';
import { commitTogether, FateUnknown } from './transaction.ts';
import type { WriterSession } from './writer-session.ts';

/** Tries of one batch, whether others were in its way or its connections were lost. */
const MAX_TRIES = 8;
/** … where somebody keeps a lock: a writer would not for so long as one try waits for it, but an administrator may. */
const MAX_LOCKED_TRIES = 2;
/** Before a batch that others were in the way of is tried again: so much more each time, half of it chance. */
const WAIT_MS = 4;
/** Whoever waits to hear whether his commit is on disk is let wait for the database so long. */
const FATE_PATIENCE_MS = 60_000;

/**
 * Commits groups in one transaction, tried again where that may help. A commit whose answer was lost is looked up on the
 * next connection, and answered or repeated accordingly.
 *
 * @param lockedTries where somebody keeps a lock
 * @throws {StorageError} unavailable, fate_unknown, in_use, newer_schema, closed
 * @throws {Error} what the database or a rule had against it; nothing is written
 */
export type BatchCommit = (groups: readonly Group[], lockedTries?: number) => Promise<readonly GroupResult[]>;

export function createBatchCommit(link: Link<WriterSession>, memory: RowMemory): BatchCommit {
  let batch = 0;
  return async (groups, lockedTries = MAX_LOCKED_TRIES) => {
    for (let tries = 1; ; tries++) {
      const session = await link.get();
      batch += 1;
      try {
        return await commitTogether(session, groups, { batch, memory });
      } catch (error) {
        if (error instanceof FateUnknown && (await isOnDisk(link, batch))) return error.results;
        const mayPass = session.isLost || isConflict(error, session);
        if (!mayPass || tries >= (isLocked(error) ? lockedTries : MAX_TRIES)) throw error;
        await sleep(WAIT_MS * tries * (0.5 + Math.random() / 2));
      }
    }
  };
}

/** The next connection has seen to it that nothing of the earlier one comes any more. */
async function isOnDisk(link: Link<WriterSession>, batch: number): Promise<boolean> {
  try {
    return (await link.get(FATE_PATIENCE_MS)).lastBatch >= batch;
  } catch (cause) {
    const message = 'The database was lost in the midst of a commit; whether that is on disk is not known';
    throw new StorageError('fate_unknown', message, { cause });
  }
}

/**
 * Whether another writer was in the way, so that it may go better the next time. Source: PostgreSQL, appendix A:
 * serialization_failure, deadlock_detected, lock_not_available; unique_violation, where somebody else may have been first.
 */
function isConflict(error: unknown, { isSole }: WriterSession): boolean {
  const code = codeOf(error) ?? '';
  return isLocked(error) || ['40001', '40P01'].includes(code) || (code === '23505' && !isSole);
}

function isLocked(error: unknown): boolean {
  return codeOf(error) === '55P03';
}
