/** The metrics of a worker stay one indexed read on PostgreSQL, too: the very text that the endpoint runs is explained. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPostgresBooks, createSqliteBooks } from '@plexus/storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openForWriting } from '../../packages/storage/src/sqlite/open.ts';
import { createQueries, type Query } from '../../packages/storage/src/sqlite/queries.ts';
import { fillSeries, metricsQueries } from '../../packages/storage/test/metrics-queries.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.mjs';
import { createDatabase, withClient } from '../support/postgres-databases.ts';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres({ isDurable: false });
}, 60_000);
afterAll(() => server.stop(), 60_000);

/** What the endpoint asks for a day, found out on books in a folder: the text is the same for both. */
async function seriesQueries(): Promise<readonly Query[]> {
  const folder = await mkdtemp(join(tmpdir(), 'plexus-series-'));
  const path = join(folder, 'books.db');
  const books = await createSqliteBooks({ path, writer: 'inline' });
  await fillSeries(books);
  await books.close();
  const database = openForWriting(path);
  try {
    const { asked } = await metricsQueries(createQueries(database), 24);
    return asked.filter(({ sql }) => sql.includes('worker_series'));
  } finally {
    database.close();
    await rm(folder, { recursive: true });
  }
}

it('reads a day of a worker by the key of the series', async () => {
  const url = await createDatabase(server);
  const books = await createPostgresBooks({ url });
  await fillSeries(books);
  await books.close();
  const queries = await seriesQueries();
  expect(queries).toHaveLength(1);
  const [{ sql, values } = { sql: '', values: [] }] = queries;
  let place = 0;
  const text = sql.replaceAll('?', () => `$${(place += 1)}`);
  const plan = await withClient(url, async (client) => {
    await client.query('ANALYZE worker_series');
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, [...values]);
    return rows.map((row) => row['QUERY PLAN'].trim());
  });
  // Of a table in which neighbours lie apart, PostgreSQL notes first what the key finds, and then fetches it.
  expect(plan.filter((line) => /Index Scan (using|on) worker_series_pkey/.test(line))).toHaveLength(1);
  expect(plan.filter((line) => /Seq Scan|Filter:/.test(line))).toEqual([]);
  const found = plan.find((line) => line.startsWith('Index Cond:'));
  for (const column of ['worker_id =', 'resolution =', 'start_at >=', 'start_at <']) expect(found).toContain(column);
}, 60_000);
