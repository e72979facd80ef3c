/** The schema on PostgreSQL: it keeps step with SQLite's, and belongs to one version of the program. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPostgresBooks, examineDatabase } from '@plexus/storage';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { database as doctorOn } from '../../packages/cli/src/doctor/database.ts';
import { readDatabaseUrl } from '../../packages/storage/src/postgres/database-url.ts';
import { requireApart } from '../../packages/storage/src/postgres/examine.ts';
import { POSTGRES_MIGRATIONS } from '../../packages/storage/src/postgres/migrations.ts';
import { openSession } from '../../packages/storage/src/postgres/session.ts';
import { readerSettings } from '../../packages/storage/src/postgres/settings.ts';
import { openForWriting } from '../../packages/storage/src/sqlite/open.ts';
import { COUNTED, COUNTS_VERSION, EARLIER_BOOKS } from '../../packages/storage/test/books-before-counts.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.mjs';
import { createDatabase, withClient } from '../support/postgres-databases.ts';

let server: TestPostgres;
let url: string;

beforeAll(async () => {
  server = await startPostgres({ isDurable: false });
}, 60_000);
afterAll(() => server.stop(), 60_000);
beforeEach(async () => void (url = await createDatabase(server)));

async function openAndClose(): Promise<void> {
  await (await createPostgresBooks({ url })).close();
}

async function ask(sql: string): Promise<readonly Record<string, unknown>[]> {
  return await withClient(url, async (client) => (await client.query(sql)).rows);
}

const KINDS: Readonly<Record<string, string>> = {
  bigint: 'int',
  integer: 'int',
  blob: 'bytes',
  bytea: 'bytes',
  'double precision': 'float',
};

/** Columns of all tables, as `table column kind`, with what a database calls its kinds in common words. */
function wordsOf(columns: readonly Record<string, unknown>[]): readonly string[] {
  const word = (kind: string): string => KINDS[kind] ?? kind;
  const words = columns.map(({ table, column, kind }) => [table, column, word(String(kind).toLowerCase())].join(' '));
  return words.toSorted();
}

function sqliteColumns(): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'plexus-schema-'));
  const database = openForWriting(join(folder, 'books.db'));
  try {
    const sql =
      'SELECT m.name AS "table", p.name AS "column", p.type AS kind FROM sqlite_schema m, pragma_table_info(m.name) p';
    return wordsOf(database.prepare(`${sql} WHERE m.type = 'table'`).all());
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
}

it("has SQLite's tables, columns and versions, and one table more", async () => {
  await openAndClose();
  const columns = await ask(
    `SELECT table_name AS table, column_name AS column, data_type AS kind FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name <> 'writer'`,
  );
  expect(wordsOf(columns)).toEqual(sqliteColumns());
});

it('orders ids by their bytes, whatever language the database has', async () => {
  await openAndClose();
  const [row] = await ask(`SELECT 'a_1' < 'a1' AS here, (SELECT 'a_1' COLLATE "C" < 'a1') AS by_bytes`);
  // Otherwise this server would order as the test wants it by itself.
  expect(row).toEqual({ here: true, by_bytes: false });
  const keys = await ask(
    `SELECT c.relname AS table, a.attname AS column FROM pg_index i
     JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
     JOIN pg_collation o ON o.oid = a.attcollation
     WHERE c.relnamespace = 'public'::regnamespace AND o.collname <> 'C'`,
  );
  expect(keys).toEqual([]);
});

it('refuses a database of a newer program', async () => {
  await openAndClose();
  await ask('INSERT INTO schema_version (version, applied_at) VALUES (99, 0)');
  await expect(openAndClose()).rejects.toMatchObject({ name: 'StorageError', code: 'newer_schema' });
});

it.each([
  [
    'account (id INTEGER)',
    /^The database holds something else than Plexus's books \(relation "account" already exists\)/,
  ],
  ['job (id INTEGER)', /^The database holds something else than Plexus's books \(relation "job" already exists\)/],
  ['schema_version AS SELECT 12 AS version', /^The database holds something else than Plexus's books/],
])('refuses a database in which somebody else has the table %s, and so does the doctor', async (table, message) => {
  await ask(`CREATE TABLE ${table}`);
  await expect(openAndClose()).rejects.toMatchObject({
    name: 'StorageError',
    code: 'unavailable',
    message: expect.stringMatching(message),
  });
  expect(await examineDatabase(url)).toMatchObject({ schema: undefined, isForeign: true });
  const tables = await ask(
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
  );
  expect(tables).toHaveLength(1);
});

it('is made whatever time the server leaves to statements, as when another process is at it', async () => {
  const name = new URL(url).pathname.slice(1);
  await withClient(url, async (client) => {
    await client.query('BEGIN; SELECT pg_advisory_xact_lock(7587369, 2)');
    for (const setting of ['statement_timeout', 'lock_timeout']) {
      await ask(`ALTER DATABASE ${name} SET ${setting} = '200ms'`);
    }
    await Promise.all([openAndClose(), client.query('SELECT pg_sleep(1); COMMIT')]);
  });
  expect((await examineDatabase(url)).schema).toBe(POSTGRES_MIGRATIONS.length);
});

it('says that no schema is there to make tables in', async () => {
  await ask(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET search_path = nowhere`);
  await expect(openAndClose()).rejects.toMatchObject({
    code: 'unavailable',
    message: 'No tables may be made in the database: no schema has been selected to create in',
  });
});

it('says that a user may not make tables, and so does the doctor', async () => {
  await ask("CREATE ROLE reader LOGIN PASSWORD 'reader'");
  const address = new URL(url);
  [address.username, address.password] = ['reader', 'reader'];
  await expect(createPostgresBooks({ url: address.href })).rejects.toMatchObject({
    code: 'unavailable',
    message: 'No tables may be made in the database: permission denied for schema public',
  });
  expect(await examineDatabase(address.href)).toMatchObject({ isForeign: false, mayMakeTables: false });
  expect(await examineDatabase(url)).toMatchObject({ isForeign: false, mayMakeTables: true });
  await openAndClose();
  const { schema, knownSchema, isForeign } = await examineDatabase(url);
  expect([schema, isForeign]).toEqual([knownSchema, false]);
  // The books are there, and still are not this user's.
  await ask('GRANT SELECT ON schema_version TO reader');
  await expect(createPostgresBooks({ url: address.href })).rejects.toMatchObject({ code: 'unavailable' });
  const detail = expect.stringContaining('does not let this user make tables');
  expect(await doctorOn(address.href).run()).toMatchObject({ status: 'fail', detail });
});

it('says that a database takes no writes, as a standby, and so does the doctor, also where books are in it', async () => {
  await openAndClose();
  await ask(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_read_only = on`);
  const message = expect.stringContaining('read-only transaction');
  await expect(openAndClose()).rejects.toMatchObject({ code: 'unavailable', message });
  const detail = expect.stringContaining('takes no writes');
  expect(await doctorOn(url).run()).toMatchObject({ status: 'fail', detail });
});

it('refuses a pooler that shares connections out: one that has the lock of the writer, or statements that others prepared', async () => {
  const shared = await openSession(readDatabaseUrl(url), 'a pooler');
  try {
    await readerSettings(shared);
    await shared.script('SELECT pg_advisory_lock(7587369, 0)');
    const refusal = { code: 'unavailable', message: expect.stringContaining('in session mode') };
    await expect(readerSettings(shared)).rejects.toMatchObject(refusal);
    // Behind it the doctor's two connections come to one.
    await expect(requireApart(shared, shared)).rejects.toMatchObject(refusal);
    await shared.script('PREPARE size AS SELECT 1');
    await expect(shared.send([{ name: 'size', text: 'SELECT 1' }])).rejects.toMatchObject(refusal);
    await shared.script('DEALLOCATE size');
    await shared.send([{ name: 'size', text: 'SELECT 1' }]);
    await shared.script('DEALLOCATE size');
    await expect(shared.send([{ name: 'size', text: 'SELECT 1' }])).rejects.toMatchObject(refusal);
  } finally {
    await shared.close();
  }
});

it('refuses a database that cannot hold every text, and so does the doctor', async () => {
  await ask("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0");
  const latin = new URL(url);
  latin.pathname = 'latin';
  const opening = createPostgresBooks({ url: latin.href });
  await expect(opening).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('LATIN1') });
  const detail = expect.stringContaining('keeps texts as LATIN1, which must be UTF8');
  expect(await doctorOn(latin.href).run()).toMatchObject({ status: 'fail', detail });
});

it('says what is wrong with an address, a password or a name, without the password', async () => {
  const problems = [
    ['http://user:secret@host/db', 'A database is named as postgres://user:password@host:port/database'],
    ['postgres://plexus:p@secret/word@127.0.0.1:1/db', /^A database is named as .* with @ : \/ /],
    ['postgres://plexus:p@secret/w#rd@127.0.0.1:1/db', /^A database is named as /],
    [
      url.replace(/:[^:@]+@/, ':secret@'),
      /^Cannot reach the database postgres:\/\/plexus@127\.0\.0\.1:\d+\/test_\d+: password authentication failed/,
    ],
    [`${url}_none?x=secret`, /database "test_\d+_none" does not exist$/],
    ['postgres://plexus:secret@127.0.0.1:1/db', /: connect ECONNREFUSED 127\.0\.0\.1:1$/],
  ] as const;
  for (const [address, message] of problems) {
    const error: unknown = await createPostgresBooks({ url: address }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'StorageError', code: 'unavailable', message: expect.stringMatching(message) });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('secret');
  }
});

it('keeps its promise of durability where the server would not', async () => {
  await ask(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = off`);
  const books = await createPostgresBooks({ url });
  await ask(
    "CREATE TABLE seen (sync TEXT); CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$; CREATE TRIGGER see AFTER INSERT ON account EXECUTE FUNCTION see()",
  );
  const account = { id: 'mint', kind: 'mint', name: 'mint', createdAt: new Date(0) } as const;
  await books.commit({ type: 'openAccount', account, grant: 0n, mintId: 'mint' });
  await books.close();
  expect(await ask('SELECT sync FROM seen')).toEqual([{ sync: 'on' }]);
});

it('counts what was there before there were counts', async () => {
  await withClient(url, async (client) => {
    const earlier = POSTGRES_MIGRATIONS.slice(0, COUNTS_VERSION - 1);
    await client.query('CREATE TABLE schema_version (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)');
    await client.query(`INSERT INTO schema_version VALUES (${earlier.length}, 0)`);
    for (const script of earlier) await client.query(script);
    await client.query(EARLIER_BOOKS);
  });
  await openAndClose();
  for (const [sql, rows] of COUNTED) {
    const found = await ask(sql);
    expect(found.map((row) => Object.values(row).map(String))).toEqual(rows.map((row) => row.map(String)));
  }
});
