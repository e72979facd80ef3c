import type { Books } from '@plexus/core';
import { createCommandQueue } from '../command-queue.ts';
import type { StorageError } from '../storage-error.ts';
import { watched } from '../watched-writer.ts';
import { diskUseOf } from './disk-use.ts';
import { createForgetter } from './forgetter.ts';
import { createInlineWriter } from './inline-writer.ts';
import { openForReading } from './open.ts';
import { createSqliteReader } from './sqlite-reader.ts';
import { createThreadWriter } from './thread-writer.ts';

export interface SqliteBooksOptions {
  /** The database file; it is made when it is not there, its folder is not. */
  readonly path: string;
  /** Where commits are written: in a thread (the default), or on the calling one. */
  readonly writer?: 'thread' | 'inline';
  /** Told when the writing thread dies: nothing can be committed from then on. */
  readonly onError?: (error: StorageError) => void;
  /** Told of each batch why nothing of it was written, or that something was. */
  readonly onWrite?: (failure: StorageError | undefined) => void;
}

/**
 * Opens the books in a SQLite file and brings its schema up to date.
 *
 * @throws {StorageError} unavailable, newer_schema, writer_died
 */
export async function createSqliteBooks(options: SqliteBooksOptions): Promise<Books> {
  const { path, writer = 'thread', onError = ignore, onWrite = ignore } = options;
  const writing = writer === 'inline' ? createInlineWriter(path) : await createThreadWriter(path, onError);
  const queue = createCommandQueue(watched(writing, onWrite));
  const forgetter = createForgetter(path);
  let closing: Promise<void> | undefined;
  try {
    const connection = openForReading(path);
    return {
      isSoleWriter: true,
      commit: (command) => queue.commitAll([command]),
      commitAll: (commands) => queue.commitAll(commands),
      read: createSqliteReader(connection),
      forgetTexts: (endedBefore) => forgetter.forget(endedBefore),
      load: async () => ({ ...queue.load(), ...(await diskUseOf(path)) }),
      close() {
        closing ??= Promise.all([forgetter.close(), queue.close()]).then(() => connection.close());
        return closing;
      },
    };
  } catch (error) {
    await queue.close();
    throw error;
  }
}

const ignore = (): void => undefined;
