import { type BooksReader, DomainError } from '@plexus/core';
import type { SqlValue } from '../sqlite/adapter.ts';
import type { Queries } from '../sqlite/queries.ts';
import { createReader } from '../sqlite/sqlite-reader.ts';
import { toSqlText } from '../sqlite/text.ts';
import type { DatabaseUrl } from './database-url.ts';
import { Link } from './link.ts';
import { openSession, reasonOf, type Session, type Statement } from './session.ts';
import { readerSettings } from './settings.ts';
import { StorageError } from '../storage-error.ts';

/** A long list on one connection holds up only what is asked on it afterwards. */
const CONNECTIONS = 3;
/** Reads that may be under way at once. */
const MAX_READS = 5_000;
/** Told to a caller whose read finds no room. */
const RETRY_SECONDS = 1;

const SIZE: Statement = { name: 'size', text: 'SELECT pg_database_size(current_database()) AS bytes' };

/** A reader and its connections. */
export interface PostgresReader {
  readonly read: BooksReader;
  /** Size of the database; NaN while it is out of reach. */
  databaseBytes(): Promise<number>;
  close(): Promise<void>;
}

/** @throws {StorageError} unavailable */
export async function openPostgresReader(database: DatabaseUrl): Promise<PostgresReader> {
  const open = async (): Promise<Session> => {
    const session = await openSession(database, 'plexus reader');
    try {
      await session.script(await readerSettings(session));
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  };
  const links: Link<Session>[] = [];
  const close = async (): Promise<void> => void (await Promise.all(links.map((link) => link.close())));
  try {
    while (links.length < CONNECTIONS) links.push(await Link.open({ open }));
  } catch (error) {
    await close();
    throw error;
  }
  return { read: createReader(queriesOver(links)), databaseBytes: () => databaseBytes(links[0]), close };
}

/** Whoever asks does not wait for a database that is away. */
async function databaseBytes(link: Link<Session> | undefined): Promise<number> {
  try {
    const session = await link?.get(0);
    const [[row] = []] = (await session?.send([SIZE])) ?? [];
    return Number(row?.['bytes']);
  } catch {
    return Number.NaN;
  }
}

/** The same queries as SQLite's, each on the connection that has the least to do. */
function queriesOver(links: readonly Link<Session>[]): Queries {
  const load = links.map(() => 0);
  const prepared = new Map<string, Pick<Statement, 'name' | 'text'>>();

  function prepare(sql: string): Pick<Statement, 'name' | 'text'> {
    let statement = prepared.get(sql);
    if (!statement) {
      let count = 0;
      statement = { name: `read ${prepared.size}`, text: sql.replaceAll('?', () => `$${++count}`) };
      prepared.set(sql, statement);
    }
    return statement;
  }

  async function rowsOf(sql: string, values: readonly SqlValue[]) {
    if (load.reduce((sum, reads) => sum + reads, 0) >= MAX_READS) {
      throw overloaded();
    }
    const at = load.indexOf(Math.min(...load));
    load[at] = (load[at] ?? 0) + 1;
    try {
      return await readOn(links[at], { ...prepare(sql), values: values.map(toParameter) });
    } finally {
      load[at] = (load[at] ?? 1) - 1;
    }
  }

  return {
    async one(sql, values, read) {
      const [row] = await rowsOf(sql, values);
      return row && read(row);
    },
    many: async (sql, values, read) => (await rowsOf(sql, values)).map(read),
  };
}

function overloaded(): DomainError {
  const message = `The books do not keep up: ${MAX_READS} reads wait for the database; try again in ${RETRY_SECONDS} s`;
  return new DomainError('OVERLOADED', message, { retryAfterSeconds: RETRY_SECONDS });
}

/** A read that is lost with its connection is asked again on the next one. */
async function readOn(link: Link<Session> | undefined, statement: Statement) {
  for (let tries = 1; ; tries++) {
    const session = await link?.get();
    if (!session) throw new StorageError('closed', 'The books are closed');
    try {
      const [rows = []] = await session.send([statement]);
      return rows;
    } catch (error) {
      if (session.isLost && tries < 3) continue;
      throw new StorageError('unavailable', `The database did not answer: ${reasonOf(error)}`, { cause: error });
    }
  }
}

function toParameter(value: SqlValue): string | number | Buffer | null {
  if (typeof value === 'string') return toSqlText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return value && Buffer.from(value);
}
