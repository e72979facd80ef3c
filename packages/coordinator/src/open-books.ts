import { join } from 'node:path';
import type { Books } from '@plexus/core';
import {
  createPostgresBooks,
  createSqliteBooks,
  ownBooks,
  showDatabase,
  type SqliteBooksOptions,
  type StorageError,
  type StorageErrorCode,
} from '@plexus/storage';
import type { CoordinatorOptions } from './options.ts';
import { OUTAGE_OVER } from './outage-lines.ts';
import { createWriteHealth } from './write-health.ts';

/** The books and, once they cannot be written, why. */
export interface OpenedBooks {
  readonly books: Books;
  /** Where they are, for people. */
  readonly place: string;
  readonly problem: () => string | undefined;
  /** Resolves when they are lost for good. */
  readonly lost: Promise<Error>;
}

type OpenBooksOptions = Pick<CoordinatorOptions, 'books' | 'database' | 'home' | 'logger' | 'signal'>;

/** What is not lost. */
const NEVER = new Promise<Error>(() => undefined);

/**
 * Opens the books where the options say: given ones, a PostgreSQL database, or the SQLite file in the home.
 *
 * @throws {StorageError} unavailable, newer_schema, in_use
 */
export async function openBooks(options: OpenBooksOptions): Promise<OpenedBooks> {
  const { books: given, database, home, logger, signal } = options;
  if (given) return { books: given, place: 'given by the program', problem: () => undefined, lost: NEVER };
  if (database !== undefined) return await openPostgres(database, logger);
  let problem: string | undefined;
  let lose: (error: Error) => void = () => undefined;
  const lost = new Promise<Error>((resolve) => (lose = resolve));
  const path = join(home, 'plexus.db');
  const onError = (error: StorageError): void => {
    problem = 'the storage failed; restart the coordinator';
    logger.fatal({ err: error }, 'storage failed');
    lose(error);
  };
  const health = createWriteHealth(() => performance.now());
  const books = await openOwned({ path, onError, onWrite: health.note }, signal);
  return { books, place: path, problem: () => problem ?? health.problem(), lost };
}

/** A file can be opened by many, and the books be kept by one. */
async function openOwned(options: SqliteBooksOptions, signal: AbortSignal | undefined): Promise<Books> {
  const disown = await ownBooks(options.path, { signal });
  try {
    const books = await createSqliteBooks(options);
    return { ...books, close: () => books.close().finally(disown) };
  } catch (error) {
    disown();
    throw error;
  }
}

async function openPostgres(url: string, logger: CoordinatorOptions['logger']): Promise<OpenedBooks> {
  let problem: string | undefined;
  const onHealth = (error: StorageError | undefined): void => {
    problem = error && wordsOf(error);
    if (!error) logger.warn(OUTAGE_OVER, 'the database is back');
    else logger[error.code === 'unavailable' ? 'error' : 'fatal']({ err: error }, problem);
  };
  const health = createWriteHealth(() => performance.now());
  // What failed because the connection was away says nothing of the disk.
  const onWrite = (failure: StorageError | undefined): void =>
    health.note(failure?.code === 'write_failed' ? failure : undefined);
  const books = await createPostgresBooks({ url, onHealth, onWrite });
  return { books, place: showDatabase(url), problem: () => problem ?? health.problem(), lost: NEVER };
}

const FOR_GOOD: Readonly<Partial<Record<StorageErrorCode, string>>> = {
  in_use: 'another coordinator has taken the database over; restart this one when that has ended',
  went_back: 'the database has lost what was written to it; bring the right one back, and restart this coordinator',
  newer_schema: 'a newer version has upgraded the database; restart with that version',
};

/** Strangers may ask whether the coordinator is ready: they are not told where its database is. */
function wordsOf({ code }: StorageError): string {
  return FOR_GOOD[code] ?? 'the database cannot be reached';
}
