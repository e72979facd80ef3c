import { readBytes, readNumber, readText } from '../columns.ts';
import { openConnection } from '../library.ts';
import type { Database } from '../adapter.ts';

/** The only form of backups so far. */
const FORMAT = 1;

const TABLES = `
CREATE TABLE backup (format INTEGER NOT NULL, made_by TEXT NOT NULL, taken_at TEXT NOT NULL);
CREATE TABLE backup_file (name TEXT PRIMARY KEY, content BLOB NOT NULL);
`;

/** What a backup has beside the books: when it was taken, and the files that belong to them. */
export interface Attachments {
  /** Version of the program. */
  readonly madeBy: string;
  /** ISO text. */
  readonly takenAt: string;
  readonly files: readonly AttachedFile[];
}

export interface AttachedFile {
  readonly name: string;
  readonly content: Uint8Array;
}

/** Puts attachments into a copy of a database. */
export function attach(path: string, { madeBy, takenAt, files }: Attachments): void {
  within(path, (database) => {
    database.exec('PRAGMA synchronous = FULL');
    database.exec('BEGIN IMMEDIATE');
    database.exec(TABLES);
    database.prepare('INSERT INTO backup VALUES (?, ?, ?)').run([FORMAT, madeBy, takenAt]);
    const insert = database.prepare('INSERT INTO backup_file VALUES (?, ?)');
    for (const { name, content } of files) insert.run([name, content]);
    database.exec('COMMIT');
  });
}

/**
 * Reads the attachments of a backup; undefined where there are none, so that it is none.
 *
 * @throws {Error} when the file is no database, or of a newer form
 */
export function readAttachments(database: Database): Attachments | undefined {
  const isBackup = database.prepare("SELECT 1 AS one FROM sqlite_schema WHERE name = 'backup'").get();
  const row = isBackup && database.prepare('SELECT format, made_by, taken_at FROM backup').get();
  if (!row) return undefined;
  const format = readNumber(row, 'format');
  if (format > FORMAT) throw new Error(`The backup has form ${format}, this program knows ${FORMAT}: use a newer one`);
  const files = database.prepare('SELECT name, content FROM backup_file ORDER BY name').all();
  return {
    madeBy: readText(row, 'made_by'),
    takenAt: readText(row, 'taken_at'),
    files: files.map((file) => ({ name: readText(file, 'name'), content: readBytes(file, 'content') })),
  };
}

/** Takes the attachments out again, so that nothing is left of the secrets among them. */
export function detach(path: string): void {
  within(path, (database) => {
    database.exec('PRAGMA synchronous = FULL');
    database.exec('PRAGMA secure_delete = ON');
    database.exec('BEGIN IMMEDIATE');
    database.exec('DROP TABLE backup');
    database.exec('DROP TABLE backup_file');
    database.exec('COMMIT');
  });
}

function within(path: string, work: (database: Database) => void): void {
  const database = openConnection(path);
  try {
    work(database);
  } finally {
    database.close();
  }
}
