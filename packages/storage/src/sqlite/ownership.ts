import { messageOf, StorageError } from '../storage-error.ts';
import { openConnection } from './library.ts';

const HANDOVER_MS = 5000;

/**
 * Keeps every other program from taking the same books for its own: what each remembers of them, such as jobs that are
 * open, would not be true any more. The lock is the system's: it ends with the process, however that ends.
 *
 * @param path of the database, whose readers it does not keep out
 * @param handoverMs how long to wait for a program that is ending
 * @returns what gives the books up
 * @throws {StorageError} in_use, unavailable
 */
export function ownBooks(path: string, handoverMs: number = HANDOVER_MS): () => void {
  const lock = openConnection(`${path}-owner`);
  try {
    lock.exec(`PRAGMA busy_timeout = ${handoverMs}`);
    // Nothing is ever written there, and nothing to be undone.
    lock.exec('PRAGMA journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if (!messageOf(cause).includes('locked')) throw cause;
    throw new StorageError('in_use', `Another coordinator has the books in ${path}`, { cause });
  }
  let isOwned = true;
  return () => {
    if (isOwned) lock.close();
    isOwned = false;
  };
}
