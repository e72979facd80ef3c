import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '@plexus/core';
import { commitGroups as commitPacked, type Group } from '../src/group-commit.ts';
import type { Database } from '../src/sqlite/adapter.ts';
import { openConnection } from '../src/sqlite/library.ts';
import { entriesQuery, jobsQuery } from '../src/sqlite/list-queries.ts';
import { migrate, MIGRATIONS } from '../src/sqlite/migrations.ts';
import { openForWriting } from '../src/sqlite/open.ts';
import { packCommand, unpackCommand } from '../src/sqlite/packed.ts';
import { createSqliteDriver } from '../src/sqlite/sqlite-driver.ts';

/** As the writer does it: each command in the form in which it crosses the threads. */
function commitGroups(driver: ReturnType<typeof createSqliteDriver>, groups: readonly Group[]) {
  return commitPacked(
    driver,
    groups.map((group) => group.map((command) => unpackCommand(packCommand(command)))),
  );
}

let folder: string;
let path: string;
let database: Database | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plexus-sqlite-'));
  path = join(folder, 'books.db');
});
afterEach(async () => {
  database?.close();
  database = undefined;
  await rm(folder, { recursive: true });
});

const hasNodeSqlite = process.getBuiltinModule('node:sqlite') !== undefined;

describe.each(['libsql', 'node'])('adapter over %s', (library) => {
  it.skipIf(library === 'node' && !hasNodeSqlite)('gives back exactly what it was given', () => {
    database = openConnection(path, library);
    database.exec('CREATE TABLE thing (a BIGINT, b TEXT, c BLOB, d DOUBLE PRECISION, e TEXT)');
    const insert = database.prepare('INSERT INTO thing (a, b, c, d, e) VALUES (?, ?, ?, ?, ?)');
    insert.run([2n ** 63n - 1n, 'a\0b\ud800', Buffer.from([0, 255]), 0.5, null]);
    insert.run([-(2n ** 63n), '', new Uint8Array(0), 1.5, null]);
    const select = database.prepare('SELECT a, b, c, d, e FROM thing ORDER BY a DESC');
    const [first, second] = select.all();
    expect({ ...first }).toEqual({ a: 2n ** 63n - 1n, b: 'a\0b\ud800', c: new Uint8Array([0, 255]), d: 0.5, e: null });
    expect({ ...second }).toEqual({ a: -(2n ** 63n), b: '', c: new Uint8Array(0), d: 1.5, e: null });
    expect(select.get()).toMatchObject({ c: new Uint8Array([0, 255]) });
    expect(database.prepare('SELECT a FROM thing WHERE b = ?').all(['a\0b\ud800'])).toHaveLength(1);
    expect(database.prepare('SELECT a FROM thing WHERE b = ?').get(['none'])).toBeUndefined();
    expect(() => insert.run([2n ** 63n, '', new Uint8Array(0), 0, null])).toThrow();
    expect(() => insert.run([true as unknown as bigint, '', null, 0, null])).toThrow('boolean');
  });
});

describe('choice of the library', () => {
  it('says what to do when a forced one is not there or unknown', () => {
    expect(() => openConnection(path, 'mysql')).toThrow('"node" or "libsql"');
    if (!hasNodeSqlite) expect(() => openConnection(path, 'node')).toThrow('Node.js 22.13 or later');
  });

  it('names the path that cannot be opened', () => {
    const nowhere = join(folder, 'none', 'books.db');
    expect(() => openConnection(nowhere)).toThrow(`Cannot open the database ${nowhere}`);
  });
});

describe('migrations', () => {
  it('keeps what an earlier step did when a later one fails', () => {
    database = openConnection(path);
    const good = 'CREATE TABLE one (id TEXT)';
    const bad = 'CREATE TABLE two (id TEXT); CREATE TABLE one (id TEXT)';
    expect(() => migrate(database as Database, [good, bad])).toThrow();
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
    expect(tables.map(({ name }) => name)).toEqual(['one', 'schema_version']);
    migrate(database, [good, 'CREATE TABLE two (id TEXT)']);
    expect(database.prepare('SELECT MAX(version) AS version FROM schema_version').get()).toMatchObject({ version: 2n });
  });

  it('adds up the accounts that are there, and from then on those that come, change and go', () => {
    database = openConnection(path);
    migrate(database, MIGRATIONS.slice(0, 2));
    const insert = (id: string, parts: string) =>
      database?.exec(`INSERT INTO account VALUES ('${id}', 'client', NULL, '', NULL, ${parts}, 0, 0, 0)
        ON CONFLICT (id) DO UPDATE SET available = excluded.available, held = excluded.held`);
    const totals = () => ({ ...database?.prepare('SELECT total, held FROM account_total').get() });
    insert('a', '7, 2, 4, 8');
    insert('b', '-30, 0, 0, 0');
    migrate(database);
    expect(totals()).toMatchObject({ total: -9n, held: 2n });
    insert('c', '1, 16, 0, 0');
    insert('a', '5, 3, 0, 0');
    expect(totals()).toMatchObject({ total: 7n, held: 19n });
    database.exec("DELETE FROM account WHERE id = 'c'");
    expect(totals()).toMatchObject({ total: -10n, held: 3n });
  });

  it('refuses a database of a newer program', () => {
    database = openForWriting(path);
    database.exec('INSERT INTO schema_version (version, applied_at) VALUES (99, 0)');
    expect(() => openForWriting(path)).toThrow(expect.objectContaining({ code: 'newer_schema' }));
  });
});

describe('driver', () => {
  const open = (id: string, name = id): Command => ({
    type: 'openAccount',
    account: { id, kind: 'client', name, createdAt: new Date(0) },
    grant: 0n,
    mintId: 'mint',
  });

  it('keeps nothing while the disk is full, and goes on when it is not', () => {
    database = openForWriting(path);
    const driver = createSqliteDriver(database);
    const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
    database.exec(`PRAGMA max_page_count = ${pages + 1}`);
    const big = 'x'.repeat(100_000);
    expect(commitGroups(driver, [[open('a', big)], [open('b', big)]])).toMatchObject([
      { ok: false, error: { code: 'write_failed' } },
      { ok: false, error: { code: 'write_failed' } },
    ]);
    database.exec('PRAGMA max_page_count = 1000000');
    expect(commitGroups(driver, [[open('b', big)]])).toMatchObject([{ ok: true }]);
    expect(database.prepare('SELECT id FROM account').all()).toMatchObject([{ id: 'b' }]);
  });

  it('finds its place in the log again after another process wrote', () => {
    database = openForWriting(path);
    const driver = createSqliteDriver(database);
    commitGroups(driver, [[open('a')]]);
    database.exec("INSERT INTO receipt VALUES (0, 'job_x', 'node_x', x'00', 0, 0, '{}', '{}')");
    expect(commitGroups(driver, [jobOf('job_1')])).toMatchObject([{ ok: true, outcome: { receiptIndex: 1 } }]);
  });

  it('fails an amount that SQL cannot hold alone', () => {
    database = openForWriting(path);
    const driver = createSqliteDriver(database);
    const mint: Command = {
      type: 'openAccount',
      account: { id: 'mint', kind: 'mint', name: '', createdAt: new Date(0) },
      grant: 0n,
      mintId: 'mint',
    };
    commitGroups(driver, [[mint]]);
    const results = commitGroups(driver, [[open('a')], [{ ...open('b'), grant: 2n ** 63n } as Command], [open('c')]]);
    expect(results.map(({ ok }) => ok)).toEqual([true, false, true]);
  });
});

/** A job that costs nothing, with its receipt. */
function jobOf(id: string): readonly Command[] {
  const at = new Date(0);
  const common = { hold: 0n, unitPrice: 0n, cost: 0n, epoch: 0, attempts: [], decisions: [], createdAt: at };
  const job = { id, accountId: 'a', service: 'echo', content: '', params: {}, state: 'queued', ...common } as const;
  const end = { state: 'completed', reason: 'done', cost: 0n, epoch: 0, attempts: [], decisions: [] } as const;
  const text = { receipt_id: '', job_id: id, miner_id: 'node', client: 'a', unit_type: '', price: '0' };
  const payload = { version: '1.0', ...text, units: 0, started_at: '', completed_at: '', metadata: {} } as const;
  const signature = { alg: 'Ed25519', key_id: '', sig: '', public_key: '' } as const;
  const receipt = { payload, signature, custodial: false, leafHash: new Uint8Array(32), createdAt: at };
  return [
    { type: 'openJob', job: { ...job, deadlineAt: at } },
    { type: 'endJob', jobId: id, accountId: 'a', end: { ...end, endedAt: at }, payments: [], scores: [], receipt },
  ];
}

describe('list queries', () => {
  const first = { limit: 10 };
  const page = { ...first, after: '5' };

  it.each([
    ['all entries', ['transfer_in', 'transfer_out', 'transfer_within'], entriesQuery('a', { visible: false }, page)],
    ['visible entries', ['transfer_in', 'transfer_out'], entriesQuery('a', { visible: true }, page)],
    ['jobs', ['sqlite_autoindex_job_1'], jobsQuery({}, page)],
    ['running jobs', ['job_open'], jobsQuery({ state: 'running' }, page)],
    ['failed jobs', ['job_unpaid'], jobsQuery({ state: 'failed' }, page)],
    ['open jobs of an account', ['job_open_of_account'], jobsQuery({ accountId: 'a', state: 'queued' }, page)],
    [
      'completed jobs of an account',
      ['job_completed_of_account'],
      jobsQuery({ accountId: 'a', state: 'completed' }, page),
    ],
    ['failed jobs of an account', ['job_unpaid_of_account'], jobsQuery({ accountId: 'a', state: 'failed' }, page)],
    [
      'the first failed jobs of an account',
      ['job_unpaid_of_account'],
      jobsQuery({ accountId: 'a', state: 'failed' }, first),
    ],
    [
      'jobs of an account',
      ['job_completed_of_account', 'job_open_of_account', 'job_unpaid_of_account', 'sqlite_autoindex_job_1'],
      jobsQuery({ accountId: 'a' }, page),
    ],
    [
      'the first jobs of an account',
      ['job_completed_of_account', 'job_open_of_account', 'job_unpaid_of_account', 'sqlite_autoindex_job_1'],
      jobsQuery({ accountId: 'a' }, first),
    ],
  ])('reads %s from an index of just these, in its order', (_name, indexes, { sql, values }) => {
    database = openForWriting(path);
    const plan = database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(values)
      .map(({ detail }) => String(detail));
    const reads = plan.filter((step) => /\b(job|transfer)\b/.test(step));
    const used = reads.map((step) => /^SEARCH \w+ USING (?:COVERING )?INDEX (\w+) \(/.exec(step)?.[1] ?? step);
    expect([...new Set(used)].toSorted()).toEqual(indexes);
    if (!sql.includes('UNION')) expect(plan).not.toContainEqual(expect.stringContaining('TEMP B-TREE'));
  });

  it.each([
    ['a page', page],
    ['the first page', first],
  ])('bounds the ids of unpaid jobs once for %s: by two bounds SQLite 3.53 takes the wrong index', (_name, wanted) => {
    const { sql } = jobsQuery({ accountId: 'a', state: 'failed' }, wanted);
    expect(sql.match(/\bid [<>]/g)).toHaveLength(1);
  });
});
