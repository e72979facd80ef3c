import type { BooksReader, StoredReceipt } from '@plexus/core';
import { readReceipt, RECEIPT_COLUMNS } from '../node-rows.ts';
import { versionOf } from '../migrations.ts';
import { openForReading } from '../open.ts';
import { createSqliteReader } from '../sqlite-reader.ts';
import { type Attachments, readAttachments } from './attachments.ts';
import { type BooksCounts, booksProblems, countBooks, integrityProblems } from './check-books.ts';

/** Receipts that are read at once. */
const PAGE = 1000;

/** A backup, or any database of Plexus that nobody writes to, open for reading. */
export interface OpenedBackup {
  /** Undefined for a database that is no backup. */
  readonly attachments: Attachments | undefined;
  /** Whether there is anything to count and to read. */
  readonly hasBooks: boolean;
  readonly read: Pick<BooksReader, 'countLeaves' | 'listLogHashes' | 'findTreeHead'>;
  /** What SQLite finds wrong with the file. */
  integrity(): readonly string[];
  /** Which rules of the books are broken. */
  problems(): readonly string[];
  counts(): BooksCounts;
  /** All receipts in the order of the log. */
  receipts(): Iterable<StoredReceipt & { readonly leafIndex: number }>;
  close(): void;
}

/** @throws {Error} when the file is no database, or not one that this program can read */
export function openBackup(path: string): OpenedBackup {
  const database = openForReading(path);
  const columns = ['leaf_index', ...Object.keys(RECEIPT_COLUMNS)].join(', ');
  try {
    return {
      attachments: readAttachments(database),
      hasBooks: versionOf(database) > 0,
      read: createSqliteReader(database),
      integrity: () => integrityProblems(database),
      problems: () => booksProblems(database),
      counts: () => countBooks(database),
      *receipts() {
        const page = database.prepare(
          `SELECT ${columns} FROM receipt WHERE leaf_index >= ? ORDER BY leaf_index LIMIT ${PAGE}`,
        );
        for (let from = 0; ;) {
          const rows = page.all([from]).map(readReceipt);
          yield* rows;
          const last = rows.at(-1);
          if (!last) return;
          from = last.leafIndex + 1;
        }
      },
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}
