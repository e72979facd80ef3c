/** The books, read from outside: with SQL, out of the database itself, while the coordinator is at work on them. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** No TypeScript, so it stands beside the sources, wherever this was compiled to. */
const PROGRAM = import.meta.url.endsWith('.js') ? '../../books/look.mjs' : './look.mjs';
const TIMEOUT_MS = 60_000;
const MAX_BYTES = 512 * 1024 * 1024;

/** A row as text: numbers in decimal, bytes in base64. */
export type Row = Readonly<Record<string, string | null>>;

export interface Books {
  /** What the database is, for the report. */
  readonly engine: string;
  /** Answers to queries by their names, all as of one moment. */
  look<N extends string>(queries: Readonly<Record<N, string>>): Promise<Readonly<Record<N, readonly Row[]>>>;
}

/**
 * Opens the books at an address: the path of a SQLite file, or the URL of a PostgreSQL database. Each look is a process
 * of its own: libsql keeps a closed file open until its garbage is collected, and a file that is open somewhere spares a
 * killed coordinator the recovery that it must do itself.
 */
export function openBooks(address: string, engine: string): Books {
  const program = fileURLToPath(new URL(PROGRAM, import.meta.url));
  return {
    engine,
    async look(queries) {
      const args = ['--no-warnings', program, address, JSON.stringify(queries)];
      const { stdout } = await promisify(execFile)(process.execPath, args, {
        timeout: TIMEOUT_MS,
        maxBuffer: MAX_BYTES,
      });
      return JSON.parse(stdout);
    },
  };
}
