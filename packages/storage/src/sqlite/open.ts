import type { Database } from './adapter.ts';
import { openConnection } from './library.ts';
import { migrate } from './migrations.ts';

/** How long a statement waits for another process that writes. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * The connection that writes. Commits are on disk when they return (synchronous=FULL); a checkpoint every 2,000 pages
 * keeps its pauses short.
 *
 * @throws {StorageError} unavailable, newer_schema
 */
export function openForWriting(path: string): Database {
  return opened(path, (database) => {
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    database.exec('PRAGMA wal_autocheckpoint = 2000');
    database.exec('PRAGMA cache_size = -16000');
    migrate(database);
  });
}

/** A connection beside the writer's, for what may wait: it takes the lock for moments only. */
export function openForForgetting(path: string): Database {
  return opened(path, (database) => database.exec('PRAGMA synchronous = FULL'));
}

/** A connection that only reads; writers do not block it. */
export function openForReading(path: string): Database {
  return opened(path, (database) => database.exec('PRAGMA query_only = ON'));
}

function opened(path: string, prepare: (database: Database) => void): Database {
  const database = openConnection(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    prepare(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
