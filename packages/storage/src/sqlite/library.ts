import { createRequire } from 'node:module';
import { messageOf, StorageError } from '../storage-error.ts';
import { adapt, type Database, type SqlValue } from './adapter.ts';

interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => {
    prepare(sql: string): {
      run(...values: SqlValue[]): unknown;
      get(...values: SqlValue[]): unknown;
      all(...values: SqlValue[]): unknown[];
      setReadBigInts(on: boolean): void;
    };
    exec(sql: string): void;
    close(): void;
  };
}

type Libsql = new (path: string) => {
  prepare(sql: string): {
    run(values: SqlValue[]): unknown;
    get(values: SqlValue[]): unknown;
    all(values: SqlValue[]): unknown[];
    safeIntegers(on: boolean): unknown;
  };
  exec(sql: string): unknown;
  close(): unknown;
};

const ADVICE =
  'Use Node.js 22.13 or later, which has SQLite built in, or install the optional dependency: npm install libsql@0.5';

/**
 * Opens a connection with Node's own SQLite where there is one, else with libsql. PLEXUS_SQLITE forces one of them.
 *
 * @throws {StorageError} unavailable
 */
export function openConnection(path: string, forced = process.env['PLEXUS_SQLITE']): Database {
  const open = openerOf(forced);
  try {
    return open(path);
  } catch (cause) {
    throw new StorageError('unavailable', `Cannot open the database ${path}: ${messageOf(cause)}`, { cause });
  }
}

function openerOf(forced: string | undefined): (path: string) => Database {
  switch (forced) {
    case undefined:
    case '':
      return nodeOpener() ?? libsqlOpener();
    case 'libsql':
      return libsqlOpener();
    case 'node': {
      const open = nodeOpener();
      if (open) return open;
      throw new StorageError('unavailable', `PLEXUS_SQLITE=node, but this Node.js has no SQLite. ${ADVICE}`);
    }
    default:
      throw new StorageError('unavailable', `PLEXUS_SQLITE must be "node" or "libsql", not "${forced}"`);
  }
}

function nodeOpener(): ((path: string) => Database) | undefined {
  const library = process.getBuiltinModule('node:sqlite') as NodeSqlite | undefined;
  if (!library) return undefined;
  return (path) => {
    const database = new library.DatabaseSync(path);
    return adapt(database, (sql) => {
      const statement = database.prepare(sql);
      statement.setReadBigInts(true);
      return {
        run: (values) => statement.run(...values),
        get: (values) => statement.get(...values),
        all: (values) => statement.all(...values),
      };
    });
  };
}

function libsqlOpener(): (path: string) => Database {
  const Library = requireLibsql();
  return (path) => {
    const database = new Library(path);
    return adapt(database, (sql) => {
      const statement = database.prepare(sql);
      statement.safeIntegers(true);
      return statement;
    });
  };
}

function requireLibsql(): Libsql {
  const require = createRequire(import.meta.url);
  try {
    return require('libsql') as Libsql;
  } catch (cause) {
    throw new StorageError('unavailable', `There is no SQLite here. ${ADVICE}`, { cause });
  }
}
