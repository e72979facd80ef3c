import { closeSync, fsyncSync, openSync } from 'node:fs';
import { openConnection } from '../library.ts';

/** How long the copy waits for a lock before it gives up. */
const COPY_BUSY_MS = 5000;

/**
 * Writes one instant of a database into an empty file, compacted, whoever writes to it meanwhile: readers do not block
 * the writer. Its write-ahead log grows until the copy is done, because no checkpoint goes past what is being read.
 *
 * @throws {Error} when it cannot be read, or the file cannot be written
 */
export function copyDatabase(path: string, emptyFile: string): void {
  const database = openConnection(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${COPY_BUSY_MS}`);
    database.exec(`VACUUM INTO '${emptyFile.replaceAll("'", "''")}'`);
  } finally {
    database.close();
  }
  syncFile(emptyFile);
}

/**
 * Whether another connection, of whatever process, has the database open: each of them keeps a lock while it has.
 *
 * @param path of a file that is there
 */
export function isOpenElsewhere(path: string): boolean {
  const database = openConnection(path);
  try {
    database.exec('PRAGMA busy_timeout = 0');
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('BEGIN IMMEDIATE');
    database.exec('ROLLBACK');
    return false;
  } catch (error) {
    if (error instanceof Error && error.message.includes('locked')) return true;
    throw error;
  } finally {
    database.close();
  }
}

/** SQLite syncs what it commits, but not a file that it makes this way. */
function syncFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
