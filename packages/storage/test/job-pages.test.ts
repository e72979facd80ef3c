import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasEnded } from '@plexus/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Database } from '../src/sqlite/adapter.ts';
import { jobIdsQuery, pageQuery } from '../src/sqlite/job-pages.ts';
import { openForWriting } from '../src/sqlite/open.ts';

let folder: string;
let database: Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plexus-pages-'));
  database = openForWriting(join(folder, 'books.db'));
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const SERVICE = 'job_of_service (account_id=? AND service=? AND state=?)';
const OPEN = 'job_open_of_account (account_id=?)';
const COMPLETED = 'job_completed_of_account (account_id=?)';
const UNPAID = 'job_unpaid_of_account (account_id=? AND state=? AND id>?)';

it.each([
  ['of all states', undefined, ['queued', 'completed', 'failed', 'timed_out'], [OPEN, COMPLETED, UNPAID, UNPAID]],
  ['that ended without a charge', undefined, ['failed', 'timed_out'], [UNPAID, UNPAID]],
  ['of a service', 'echo', ['running', 'completed'], [SERVICE, SERVICE]],
  ['of a service in a state', 'echo', ['cancelled'], [SERVICE]],
] as const)('a page of jobs %s is read from the indexes of just these', (_name, service, states, indexes) => {
  const { sql, values } = pageQuery('a', { states, service }, { limit: 50, offset: 100 });
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(values);
  const reads = plan.map(({ detail }) => String(detail)).filter((step) => /\bjob\b/.test(step));
  const own = 'sqlite_autoindex_job_1 (id=?)';
  const used = reads.map((step) => /^SEARCH job USING (?:COVERING )?INDEX (.+)$/.exec(step)?.[1] ?? step);
  expect(used.toSorted()).toEqual([...indexes, own].toSorted());
});

it('the ids of one client’s jobs are read from one index, which has all that is told, however many others have jobs', () => {
  const states = ['queued', 'running', 'completed', 'failed', 'cancelled', 'timed_out'] as const;
  const { sql, values } = jobIdsQuery({ accountId: 'a', service: 'container', states, after: '0', limit: 50 });
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(values);
  const reads = plan.map(({ detail }) => String(detail)).filter((step) => /\bjob\b/.test(step));
  const searched = (range: string) =>
    `SEARCH job USING COVERING INDEX job_of_service (account_id=? AND service=? AND state=?${range})`;
  expect(reads).toEqual(states.map((state) => searched(hasEnded(state) ? ' AND id>?' : '')));
});
