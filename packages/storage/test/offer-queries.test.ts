import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Database } from '../src/sqlite/adapter.ts';
import { COUNT_OFFERS, EXPIRED_OFFERS, offersQuery } from '../src/sqlite/offer-rows.ts';
import { openForWriting } from '../src/sqlite/open.ts';

let folder: string;
let database: Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plexus-offers-'));
  database = openForWriting(join(folder, 'books.db'));
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const NOW = new Date(0);
const [ALL, DEAR, TYPED, BOTH] = [{}, { maxPrice: 5n }, { jobType: 'x' }, { jobType: 'x', maxPrice: 5n }].map((query) =>
  offersQuery(query, NOW, 50),
);

it.each([
  ['all', ALL, 'SCAN offer USING INDEX offer_by_price'],
  ['those up to a price', DEAR, 'SEARCH offer USING INDEX offer_by_price (price<?)'],
  ['those of a type', TYPED, 'SEARCH offer USING INDEX offer_of_type (job_type=?)'],
  ['those of a type up to a price', BOTH, 'SEARCH offer USING INDEX offer_of_type (job_type=? AND price<?)'],
  [
    'how many a node has',
    { sql: COUNT_OFFERS, values: ['n'] },
    'SEARCH offer USING COVERING INDEX offer_of_node (node_id=?)',
  ],
  [
    'those that are over',
    { sql: EXPIRED_OFFERS, values: [0, 9] },
    'SEARCH offer USING INDEX offer_by_end (expires_at<?)',
  ],
])('active offers, %s, are read from their index in its order', (_name, query, plan) => {
  const steps = database.prepare(`EXPLAIN QUERY PLAN ${query?.sql}`).all(query?.values ?? []);
  expect(steps.map(({ detail }) => detail)).toEqual([plan]);
});

it('the nodes of an account are found by their account and by its owner', () => {
  const own = 'account_id = ? OR account_id IN (SELECT id FROM account WHERE owner_id = ?)';
  const steps = database.prepare(`EXPLAIN QUERY PLAN SELECT id FROM node WHERE ${own}`).all(['a', 'a']);
  const tables = steps.map(({ detail }) => String(detail)).filter((step) => /\b(node|account)\b/.test(step));
  expect(tables.every((step) => step.startsWith('SEARCH'))).toBe(true);
});
