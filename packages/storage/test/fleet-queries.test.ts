/** What a worker said is found by its index, whatever else was ever said. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteBooks } from '@plexus/storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../src/sqlite/adapter.ts';
import { openForWriting } from '../src/sqlite/open.ts';
import { createQueries, type Query } from '../src/sqlite/queries.ts';
import { fillSeries, metricsQueries } from './metrics-queries.ts';

let folder: string;
let database: Database;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plexus-series-'));
  const path = join(folder, 'books.db');
  const books = await createSqliteBooks({ path, writer: 'inline' });
  await fillSeries(books);
  await books.close();
  database = openForWriting(path);
});
afterAll(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const planOf = ({ sql, values }: Query): readonly string[] =>
  database
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all(values)
    .map(({ detail }) => String(detail));

it.each([
  { hours: 24, reads: 1, points: 288 },
  { hours: 48, reads: 2, points: 323 },
])('$hours hours of metrics are $reads reads of the series, each by its key and in its order', async (expected) => {
  const { asked, points } = await metricsQueries(createQueries(database), expected.hours);
  expect(points).toBe(expected.points);
  const plans = asked.map(planOf);
  const key = '(worker_id=? AND resolution=? AND start_at>? AND start_at<?)';
  const series = plans.filter((plan) => plan.some((step) => step.includes('worker_series')));
  const search = [`SEARCH worker_series USING INDEX sqlite_autoindex_worker_series_1 ${key}`];
  expect(series).toEqual(Array.from({ length: expected.reads }, () => search));
  const others = plans.filter((plan) => !series.includes(plan)).flat();
  expect(others.filter((step) => !step.startsWith('SEARCH'))).toEqual([]);
});
