/** Connections to PostgreSQL that break in the midst of commits, and a server that is killed under load. */
import { tmpdir } from 'node:os';
import { type Books, isRefusal, StorageError } from '@plexus/core';
import { createLogger } from '@plexus/coordinator';
import { createPostgresBooks, type PostgresBooksOptions } from '@plexus/storage';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openBooks } from '../../packages/coordinator/src/open-books.ts';
import { DatabaseProxy, type Fault } from '../support/database-proxy.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.mjs';
import { alone, createDatabase, withClient } from '../support/postgres-databases.ts';

const [MINT, CLIENT] = ['mint', 'client'];
const AT = new Date('2026-01-01T12:00:00Z');

let server: TestPostgres;
let url: string;
let proxy: DatabaseProxy;
const opened: Books[] = [];

beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.stop(), 60_000);
beforeEach(async () => {
  url = await createDatabase(server);
  proxy = await DatabaseProxy.before(url);
});
afterEach(async () => {
  proxy.open();
  await Promise.all(opened.splice(0).map((books) => books.close()));
  await proxy[Symbol.asyncDispose]();
});

async function open(options: Partial<PostgresBooksOptions> = {}): Promise<Books> {
  const books = await createPostgresBooks({ url: proxy.url, ...options });
  opened.push(books);
  return books;
}

async function furnish(books: Books): Promise<void> {
  for (const [id, kind] of [
    [MINT, 'mint'],
    [CLIENT, 'client'],
  ] as const) {
    await books.commit({
      type: 'openAccount',
      account: { id, kind, name: id, createdAt: AT },
      grant: 0n,
      mintId: MINT,
    });
  }
}

/** Not safe to repeat: each one that is applied gives one more micro-credit. */
function grant(books: Books) {
  return books.commit({ type: 'grantCredits', accountId: CLIENT, amount: 1n, mintId: MINT, at: AT });
}

async function granted({ read }: Books): Promise<bigint> {
  return (await read.findAccount(CLIENT))?.available ?? 0n;
}

const FAULTS: readonly Fault[] = ['lose the commit', 'lose the answer', 'deliver it late'];

describe.each(['one', 'several'] as const)('a commit on a connection that breaks (writers: %s)', (writers) => {
  it.each(FAULTS)('is applied once: %s', async (fault) => {
    const books = await open({ writers });
    await furnish(books);
    for (let round = 1; round <= 5; round++) {
      proxy.arm(fault);
      const [first, second] = await Promise.all([grant(books), grant(books)]);
      expect(proxy.isArmed).toBe(false);
      expect(first.accounts.concat(second.accounts).map(({ id }) => id)).toContain(CLIENT);
      expect(await granted(books), `round ${round}`).toBe(BigInt(round * 2));
    }
    expect(await books.read.totals()).toMatchObject({ sum: 0n });
  });
});

it('a server that is killed under load loses nothing that was answered, and applies nothing twice', async () => {
  const problems: (StorageError | undefined)[] = [];
  const books = await open({ url, onHealth: (problem) => problems.push(problem) });
  await furnish(books);
  let [applied, unknown] = [0n, 0n];
  let isRunning = true;
  const worker = async (): Promise<void> => {
    while (isRunning) {
      try {
        await grant(books);
        applied += 1n;
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        if (error.code === 'fate_unknown') unknown += 1n;
      }
    }
  };
  const workers = Array.from({ length: 16 }, worker);
  for (let round = 0; round < 5; round++) {
    const before = applied;
    await vi.waitFor(() => expect(applied).toBeGreaterThan(before + 200n), { timeout: 40_000 });
    await server.kill();
    await server.restart();
  }
  const before = applied;
  await vi.waitFor(() => expect(applied).toBeGreaterThan(before + 200n), { timeout: 40_000 });
  isRunning = false;
  await Promise.all(workers);
  // What was refused is not there; only of what nobody could know it may be.
  const really = await vi.waitFor(() => granted(books), { timeout: 20_000 });
  expect(really).toBeGreaterThanOrEqual(applied);
  expect(really).toBeLessThanOrEqual(applied + unknown);
  expect(await books.read.totals()).toMatchObject({ sum: 0n });
  const codes = problems.map((problem) => problem?.code);
  expect(codes.filter((code) => code === 'unavailable').length).toBeGreaterThanOrEqual(5);
  expect(new Set(codes)).toEqual(new Set(['unavailable', undefined]));
  expect(codes.at(-1)).toBeUndefined();
}, 300_000);

it('who waits for a database that stays away is told so within the time of a restart', async () => {
  const problems: (string | undefined)[] = [];
  const books = await open({ onHealth: (problem) => problems.push(problem?.code) });
  await furnish(books);
  proxy.shut();
  await vi.waitFor(() => expect(problems).toEqual(['unavailable']));
  const unavailable = { name: 'StorageError', code: 'unavailable', message: 'The database cannot be reached' };
  await Promise.all([
    expect(grant(books)).rejects.toMatchObject(unavailable),
    expect(books.read.findAccount(CLIENT)).rejects.toMatchObject(unavailable),
  ]);
  // Who comes later than that is told at once.
  await expect(grant(books)).rejects.toMatchObject(unavailable);
  proxy.open();
  await vi.waitFor(() => grant(books), { timeout: 10_000 });
  await vi.waitFor(async () => expect(await granted(books)).toBe(1n), { timeout: 10_000 });
}, 60_000);

describe('a writer that is the only one', () => {
  it('refuses a second one, of either kind, until it has ended', async () => {
    const books = await open();
    await expect(open()).rejects.toMatchObject({ name: 'StorageError', code: 'in_use' });
    await expect(open({ writers: 'several' })).rejects.toMatchObject({ code: 'in_use' });
    await books.close();
    await open();
  }, 30_000);

  it('gives the database up before its connection ends, which a pooler may keep', async () => {
    proxy.keepConnections();
    await (await open()).close();
    await open({ url });
  }, 30_000);

  it('cannot be opened beside several', async () => {
    await open({ writers: 'several' });
    await open({ writers: 'several' });
    await expect(open()).rejects.toMatchObject({ code: 'in_use' });
  }, 30_000);

  it('writes nothing any more once another has written while it was away', async () => {
    const problems: (string | undefined)[] = [];
    const books = await open({ onHealth: (problem) => problems.push(problem?.code) });
    await furnish(books);
    proxy.shut();
    const other = await open({ url });
    await grant(other);
    await other.close();
    proxy.open();
    await expect(grant(books)).rejects.toMatchObject({ code: 'in_use' });
    await expect(grant(books)).rejects.toMatchObject({ code: 'in_use' });
    expect(problems).toEqual(['unavailable', 'in_use']);
    await withClient(url, async (client) => {
      const { rows } = await client.query('SELECT available FROM account WHERE id = $1', [CLIENT]);
      expect(rows).toEqual([{ available: '1' }]);
    });
  }, 30_000);
});

it('writes nothing any more to a database that has lost what was acknowledged, as a replica that was behind', async () => {
  const problems: (string | undefined)[] = [];
  const books = await open({ onHealth: (problem) => problems.push(problem?.code) });
  await furnish(books);
  const name = new URL(url).pathname.slice(1);
  proxy.shut();
  await alone(server, name, `CREATE DATABASE behind TEMPLATE ${name}`);
  proxy.open();
  await grant(books);
  proxy.shut();
  await alone(server, name, `ALTER DATABASE ${name} RENAME TO ahead`);
  await alone(server, name, `ALTER DATABASE behind RENAME TO ${name}`);
  proxy.open();
  await expect(grant(books)).rejects.toMatchObject({ code: 'went_back' });
  expect(problems).toEqual(['unavailable', undefined, 'unavailable', 'went_back']);
  await withClient(url, async (client) => {
    const { rows } = await client.query('SELECT count(*) FROM transfer');
    expect(rows).toEqual([{ count: '0' }]);
  });
}, 60_000);

it('a writer whose earlier connection does not let go of the lock yet waits for it', async () => {
  const problems: (string | undefined)[] = [];
  const books = await open({ onHealth: (problem) => problems.push(problem?.code) });
  await furnish(books);
  await withClient(url, async (client) => {
    const locked = client.query('SELECT pg_advisory_lock(7587369, 0)');
    proxy.shut();
    await locked;
    proxy.open();
    const granting = grant(books);
    const seen = new Set<number>();
    const tries = async (): Promise<number> => {
      for (const pid of await writersOf(client)) seen.add(pid);
      return seen.size;
    };
    // The first connection has given up, and the second one waits.
    await vi.waitFor(async () => expect(await tries()).toBeGreaterThan(1), { timeout: 20_000, interval: 100 });
    await client.query('SELECT pg_advisory_unlock(7587369, 0)');
    await granting;
  });
  expect(await vi.waitFor(() => granted(books))).toBe(1n);
  expect(problems).toEqual(['unavailable', undefined]);
}, 60_000);

/** Process ids of the writer's connections that the server has now. */
async function writersOf(client: pg.Client): Promise<readonly number[]> {
  const sql =
    "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'plexus %-%' AND datname = current_database()";
  return (await client.query<{ pid: number }>(sql)).rows.map(({ pid }) => pid);
}

it('a session that a later one of the same writer has overtaken writes nothing', async () => {
  const books = await open({ url });
  await furnish(books);
  await withClient(url, (client) => client.query('UPDATE writer SET session = session + 1'));
  await expect(grant(books)).rejects.toMatchObject({ name: 'StorageError', code: 'write_failed' });
  expect(await granted(books)).toBe(0n);
});

it('a database without room fails what is asked of it, whole, is not ready, and goes on when there is some', async () => {
  const logger = createLogger({ level: 'silent' });
  const { books, problem } = await openBooks({ database: url, home: tmpdir(), logger });
  opened.push(books);
  await furnish(books);
  await withClient(url, async (client) => {
    const raise = `BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END`;
    await client.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ ${raise} $$`);
    await client.query('CREATE TRIGGER full_disk BEFORE INSERT ON transfer EXECUTE FUNCTION refuse()');
    await expect(grant(books)).rejects.toMatchObject({ code: 'write_failed', message: 'Nothing was written: no room' });
    expect(problem()).toMatch(/^the books cannot be written/);
    await client.query('DROP TRIGGER full_disk ON transfer');
  });
  await grant(books);
  expect(problem()).toBeUndefined();
  expect(await granted(books)).toBe(1n);
});

it('a lock that somebody keeps is waited for twice by a batch, and once more by each of its groups', async () => {
  const books = await open({ url });
  await furnish(books);
  await withClient(url, async (client) => {
    await client.query('CREATE SEQUENCE tried');
    const raise = `BEGIN PERFORM nextval('tried'); RAISE EXCEPTION 'locked' USING ERRCODE = 'lock_not_available'; END`;
    await client.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ ${raise} $$`);
    await client.query('CREATE TRIGGER locked BEFORE INSERT ON transfer EXECUTE FUNCTION refuse()');
    const ends = await Promise.allSettled(Array.from({ length: 4 }, () => grant(books)));
    expect(ends).toEqual(
      ends.map(() => ({ status: 'rejected', reason: expect.objectContaining({ code: 'write_failed' }) })),
    );
    const { rows } = await client.query('SELECT last_value FROM tried');
    expect(rows).toEqual([{ last_value: '6' }]);
  });
});

it('keeps its connections where the server ends those that have nothing to do', async () => {
  await withClient(url, (client) =>
    client.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET idle_session_timeout = '300ms'`),
  );
  const problems: (string | undefined)[] = [];
  const books = await open({ url, onHealth: (problem) => problems.push(problem?.code) });
  await furnish(books);
  // Another connection, which did not ask to be kept, shows that the time is over.
  await withClient(url, (client) => new Promise((resolve) => client.once('end', resolve)));
  expect(problems).toEqual([]);
  expect(await granted(books)).toBe(0n);
});

it('credits that are not there are refused by the rules, and by the database itself', async () => {
  const books = await open({ url });
  await furnish(books);
  const take = { type: 'releaseCustodial', custodyId: 'none', accountId: CLIENT, at: AT } as const;
  await expect(books.commit(take)).rejects.toSatisfy((error) => isRefusal(error, 'ACCOUNT_NOT_FOUND'));
  await withClient(url, async (client) => {
    const overspend = client.query('UPDATE account SET available = -1 WHERE id = $1', [CLIENT]);
    await expect(overspend).rejects.toThrow('account_is_covered');
  });
});
