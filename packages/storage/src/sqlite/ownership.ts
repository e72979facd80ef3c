import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, StorageError } from '../storage-error.ts';
import type { Database } from './adapter.ts';
import { openConnection } from './library.ts';

const HANDOVER_MS = 5000;
const LOOK_AGAIN_MS = 50;

interface Handover {
  /** How long to wait for a program that is ending. */
  readonly ms?: number;
  /** Ends that wait. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Keeps every other program from taking the same books for its own: what each remembers of them, such as jobs that are
 * open, would not be true any more. The lock is the system's: it ends with the process, however that ends.
 *
 * @param path of the database, whose readers it does not keep out
 * @returns what gives the books up
 * @throws {StorageError} in_use, unavailable; the signal's reason
 */
export async function ownBooks(path: string, { ms = HANDOVER_MS, signal }: Handover = {}): Promise<() => void> {
  const giveUpAt = performance.now() + ms;
  const lock = openConnection(`${path}-owner`);
  try {
    while (!isTaken(lock, path)) {
      if (performance.now() >= giveUpAt)
        throw new StorageError('in_use', `Another coordinator has the books in ${path}`);
      await sleep(LOOK_AGAIN_MS, undefined, signal && { signal });
    }
  } catch (error) {
    lock.close();
    signal?.throwIfAborted();
    throw error;
  }
  let isOwned = true;
  return () => {
    if (isOwned) lock.close();
    isOwned = false;
  };
}

/** @throws {StorageError} unavailable, where the file cannot be locked at all */
function isTaken(lock: Database, path: string): boolean {
  try {
    lock.exec('PRAGMA busy_timeout = 0');
    // Nothing is ever written there, and nothing to be undone.
    lock.exec('PRAGMA journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (cause) {
    const reason = messageOf(cause);
    if (reason.includes('locked')) return false;
    throw new StorageError('unavailable', `Cannot lock ${path}-owner: ${reason}`, { cause });
  }
}
