import { randomUUID } from 'node:crypto';
import { readDatabaseUrl } from './database-url.ts';
import { POSTGRES_MIGRATIONS } from './migrations.ts';
import { openSession, type Session, sharedOut } from './session.ts';

/** What a database says of itself. */
export interface DatabaseFacts {
  /** Its address without the password. */
  readonly place: string;
  /** Of the server, such as `15.18`. */
  readonly version: string;
  /** Version of the schema; undefined where there are no books. */
  readonly schema: number | undefined;
  /** The schema that this program makes. */
  readonly knownSchema: number;
  /** Whether something else has tables of the books' names there. */
  readonly isForeign: boolean;
  /** How it keeps texts; it must be UTF8. */
  readonly encoding: string;
  /** Whether nothing may be written there: a standby, or a setting. */
  readonly isReadOnly: boolean;
  /** Whether the user may make tables. */
  readonly mayMakeTables: boolean;
  /** Whether what it has acknowledged survives a crash. */
  readonly isDurable: boolean;
  /** Whether somebody writes books in it at the moment. */
  readonly isInUse: boolean;
}

/** Every table that the books have or had; one of these names alone is somebody else's. */
const TABLES = [...POSTGRES_MIGRATIONS.join('').matchAll(/CREATE TABLE (\w+)/g)].map(([, name]) => name);

const FACTS = `
  SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
         current_setting('server_encoding') AS encoding,
         current_setting('fsync') = 'on' AS durable,
         to_regclass('schema_version') IS NOT NULL AS versioned,
         EXISTS (SELECT 1 FROM unnest('{${TABLES.join(',')}}'::text[]) AS name
                 WHERE to_regclass(name) IS NOT NULL) AS kept,
         EXISTS (SELECT 1 FROM pg_attribute
                 WHERE attrelid = to_regclass('schema_version') AND attname = 'applied_at') AS founded,
         COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false) AS writable,
         current_setting('transaction_read_only') = 'on' AS read_only,
         EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 7587369 AND objid = 0 AND granted
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS used`;

/**
 * Asks a database about itself and changes nothing in it.
 *
 * @throws {StorageError} unavailable, also where a pooler shares connections out
 */
export async function examineDatabase(url: string): Promise<DatabaseFacts> {
  const database = readDatabaseUrl(url);
  const session = await openSession(database, 'plexus doctor');
  try {
    const other = await openSession(database, 'plexus doctor');
    await requireApart(session, other).finally(() => other.close());
    const [facts] = await session.script(FACTS);
    const [row] =
      facts?.['founded'] === 't' ? await session.script('SELECT MAX(version) AS version FROM schema_version') : [];
    return {
      place: database.shown,
      version: String(facts?.['version']),
      schema: row && Number(row['version']),
      knownSchema: POSTGRES_MIGRATIONS.length,
      isForeign: [facts?.['versioned'], facts?.['kept']].some((one) => one !== facts?.['founded']),
      encoding: String(facts?.['encoding']),
      isReadOnly: facts?.['read_only'] === 't',
      mayMakeTables: facts?.['writable'] === 't',
      isDurable: facts?.['durable'] === 't',
      isInUse: facts?.['used'] === 't',
    };
  } finally {
    await session.close();
  }
}

/**
 * A pooler that shares connections out gives the second one what was set on the first one.
 *
 * @throws {StorageError} unavailable
 */
export async function requireApart(session: Session, other: Session): Promise<void> {
  const mark = randomUUID();
  await session.script(`SET plexus.mark = '${mark}'`);
  const [seen] = await other.script("SELECT current_setting('plexus.mark', true) AS mark");
  await session.script('RESET plexus.mark');
  if (seen?.['mark'] === mark) throw sharedOut();
}
