/** Two writers of one ledger on a real PostgreSQL server, alone and with others in their way. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createPostgresBooks } from '@plexus/storage';
import { twoWritersConformance } from '@plexus/testkit';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../support/postgres.mjs';
import { createDatabase, withClient } from '../support/postgres-databases.ts';

const PAUSE_MS = 10;

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres({ isDurable: false, settings: { deadlock_timeout: '20ms' } });
}, 60_000);
afterAll(() => server.stop(), 60_000);

async function openTwo(url: string) {
  const open = () => createPostgresBooks({ url, writers: 'several' });
  // Both bring the schema up to date at once.
  const writers = await Promise.all([open(), open()]);
  return { writers, close: async () => void (await Promise.all(writers.map((books) => books.close()))) };
}

twoWritersConformance('postgres', async () => {
  const { writers, close } = await openTwo(await createDatabase(server));
  return { writers, dispose: close };
});

let deadlocks = 0;

twoWritersConformance('postgres, with serialisation failures and deadlocks', async () => {
  const url = await createDatabase(server);
  const { writers, close } = await openTwo(url);
  await failSerialisation(url);
  let isRunning = true;
  const locking = withClient(url, async (client) => {
    while (isRunning) {
      await lockBackwards(client);
      // Often enough, but not at every try of a commit.
      await sleep(PAUSE_MS);
    }
  });
  return {
    writers,
    async dispose() {
      isRunning = false;
      await locking;
      await close();
      deadlocks += await countDeadlocks(url);
    },
  };
});

it('the writers were in deadlocks', () => expect(deadlocks).toBeGreaterThan(0));

/** One statement in ten fails as it would if the server could not put transactions into an order. */
async function failSerialisation(url: string): Promise<void> {
  const fail = `RAISE EXCEPTION 'no order' USING ERRCODE = 'serialization_failure'`;
  const body = `BEGIN IF random() < 0.1 THEN ${fail}; END IF; RETURN NULL; END`;
  await withClient(url, async (client) => {
    await client.query(`CREATE FUNCTION fail_at_random() RETURNS trigger LANGUAGE plpgsql AS $$ ${body} $$`);
    for (const table of ['account', 'job', 'transfer']) {
      await client.query(
        `CREATE TRIGGER at_random BEFORE INSERT OR UPDATE ON ${table} EXECUTE FUNCTION fail_at_random()`,
      );
    }
  });
}

/** Locks rows against the order that writers keep. */
async function lockBackwards(client: pg.Client): Promise<void> {
  try {
    await client.query('BEGIN');
    for (const id of ['mint_1', 'fees_1', 'acct_node', 'acct_client', 'acct_000000']) {
      await client.query('SELECT id FROM account WHERE id = $1 FOR UPDATE', [id]);
    }
    await client.query('COMMIT');
  } catch {
    await client.query('ROLLBACK');
  }
}

async function countDeadlocks(url: string): Promise<number> {
  return await withClient(url, async (client) => {
    const sql = 'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()';
    return (await client.query<{ deadlocks: number }>(sql)).rows[0]?.deadlocks ?? 0;
  });
}
