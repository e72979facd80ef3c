import { randomUUID } from 'node:crypto';
import type { Books } from '@plexus/core';
import { createCommandQueue } from '../command-queue.ts';
import type { StorageError } from '../storage-error.ts';
import { watched } from '../watched-writer.ts';
import { readDatabaseUrl } from './database-url.ts';
import { openPostgresReader } from './postgres-reader.ts';
import { createPostgresWriter } from './postgres-writer.ts';
import type { Writers } from './writer-session.ts';

export interface PostgresBooksOptions {
  /** `postgres://user:password@host:port/database`; the database must exist, its tables need not. */
  readonly url: string;
  /** Who may write: this one alone, which is the default and the faster way, or several at once. */
  readonly writers?: Writers;
  /**
   * Told when the connection is lost, and with nothing when it stands again. `in_use`, `went_back` and `newer_schema` are for good.
   */
  readonly onHealth?: (problem: StorageError | undefined) => void;
  /** Told of each batch why nothing of it was written, or that something was. */
  readonly onWrite?: (failure: StorageError | undefined) => void;
}

/**
 * Opens the books in a PostgreSQL database and brings its schema up to date.
 *
 * @throws {StorageError} unavailable, newer_schema, in_use
 */
export async function createPostgresBooks(options: PostgresBooksOptions): Promise<Books> {
  const { url, writers = 'one', onHealth = ignore, onWrite = ignore } = options;
  const database = readDatabaseUrl(url);
  const writer = await createPostgresWriter({ database, writerId: randomUUID(), writers, onHealth });
  const queue = createCommandQueue(watched(writer, onWrite));
  let closing: Promise<void> | undefined;
  try {
    const reader = await openPostgresReader(database);
    return {
      isSoleWriter: writers === 'one',
      commit: (command) => queue.commitAll([command]),
      commitAll: (commands) => queue.commitAll(commands),
      read: reader.read,
      load: async () => ({
        ...queue.load(),
        databaseBytes: await reader.databaseBytes(),
        walBytes: Number.NaN,
        freeBytes: Number.NaN,
      }),
      close() {
        closing ??= queue.close().then(() => reader.close());
        return closing;
      },
    };
  } catch (error) {
    await queue.close();
    throw error;
  }
}

const ignore = (): void => undefined;
