/** Reports of jobs that ran elsewhere, over a PostgreSQL whose answers come in another order than they were asked for. */
import { type Books, createReportedJobs, type JobReport, type ReportedJobs, ROLE_SCOPES } from '@plexus/core';
import { createPostgresBooks } from '@plexus/storage';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../support/postgres.mjs';
import { createDatabase } from '../support/postgres-databases.ts';

const AT = new Date('2026-01-01T12:00:00Z');
const KEY = { id: 'key', accountId: 'client', role: 'client', scopes: ROLE_SCOPES.client } as const;
const CALLER = { accountId: 'client', keyId: 'key', role: 'client', scopes: KEY.scopes, limited: false } as const;
const timers = { after: () => () => undefined };

let server: TestPostgres;
let books: Books;
beforeAll(async () => {
  server = await startPostgres({ isDurable: false });
}, 60_000);
afterAll(() => server.stop(), 60_000);
beforeEach(async () => {
  books = await createPostgresBooks({ url: await createDatabase(server) });
  const mint = { id: 'mint', kind: 'mint', name: 'mint', createdAt: AT } as const;
  const client = { id: 'client', kind: 'client', name: 'client', createdAt: AT } as const;
  const key = { ...KEY, hash: 'hash', prefix: 'gn_', label: 'test', spent: 0n, createdAt: AT };
  await books.commit({ type: 'openAccount', account: mint, grant: 0n, mintId: 'mint' });
  await books.commit({ type: 'openAccount', account: client, key, grant: 0n, mintId: 'mint' });
});
afterEach(() => books.close());

/** The first answer about a job is under way until it is let through. */
function holdFirstAnswer() {
  let letThrough: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (letThrough = resolve));
  let asked = 0;
  const findJob: Books['read']['findJob'] = async (id) => {
    const isFirst = asked++ === 0;
    const found = await books.read.findJob(id);
    if (isFirst) await held;
    return found;
  };
  const read = { ...books.read, findJob };
  const reported = createReportedJobs({
    books: { ...books, read },
    live: { find: () => undefined },
    timers,
    clock: () => AT,
  });
  return { reported, letThrough };
}

const report = (reported: ReportedJobs, id: string, status: JobReport['status']): Promise<void> =>
  reported.report(CALLER, { id, status, containers: ['c'], results: [], nodeId: 'node' });

it('a job whose end is told while the books are still asked about its begin does not run for ever', async () => {
  const { reported, letThrough } = holdFirstAnswer();
  const begun = report(reported, 'job', 'running');
  const ended = report(reported, 'job', 'success');
  // Two whole reports later its end would have been written, if it did not wait.
  for (const other of ['second', 'third']) await report(reported, other, 'success');
  letThrough();
  await Promise.all([begun, ended]);
  expect(reported.find(CALLER, 'job')).toBeUndefined();
  expect(reported.countOf('node')).toBe(0);
  expect(await books.read.findJob('job')).toMatchObject({ state: 'completed' });
  await expect(report(reported, 'job', 'running')).rejects.toMatchObject({ code: 'JOB_ALREADY_ENDED' });
});
