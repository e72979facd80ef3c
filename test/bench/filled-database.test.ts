import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Books } from '@plexus/core';
import { createSqliteBooks } from '@plexus/storage';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fillStatements, jobIdOf } from '../../bench/scale/fill-sql.mjs';
import { openConnection } from '../../packages/storage/src/sqlite/library.ts';

const AT = new Date(0);
/** After all copies. */
const REAL_JOB = 'zz-real';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'plexus-fill-'))));
afterEach(() => rm(folder, { recursive: true }));

/** Accounts, and one job that has run and was paid. */
async function furnish(books: Books): Promise<void> {
  for (const id of ['mint', 'caller', 'unlucky', 'node']) {
    const account = { id, kind: id === 'mint' ? 'mint' : 'client', name: id, createdAt: AT } as const;
    await books.commit({ type: 'openAccount', account, grant: id === 'caller' ? 100n : 0n, mintId: 'mint' });
  }
  const common = { attempts: [], decisions: [], epoch: 1 };
  const asked = {
    id: REAL_JOB,
    accountId: 'caller',
    service: 'echo',
    content: 'x',
    params: {},
    hold: 9n,
    unitPrice: 9n,
  };
  const job = { ...asked, ...common, state: 'queued', cost: 0n, createdAt: AT, deadlineAt: AT } as const;
  const end = { ...common, state: 'completed', reason: 'done', cost: 9n, endedAt: AT, result: 'x' } as const;
  const payments = [{ nodeId: 'node', payeeId: 'node', amount: 9n, fee: 0n, feesId: 'mint' }];
  const ended = { type: 'endJob', jobId: job.id, accountId: 'caller', end, payments, scores: [] } as const;
  await books.commitAll([{ type: 'openJob', job }, ended]);
}

/** A thousand copies, in two goes. */
function fill(path: string): void {
  const database = openConnection(path);
  const columnsOf = (table: string) => {
    const columns = database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all();
    return columns.map(({ name }) => String(name));
  };
  const models = { caller: 'caller', unlucky: 'unlucky', accounts: 5, job: REAL_JOB };
  const { accounts, jobs, transfers, counts } = fillStatements(models, columnsOf);
  database.prepare(accounts).run([0n, 5n]);
  for (const sql of [jobs, transfers]) {
    database.prepare(sql).run([0n, 150n]);
    database.prepare(sql).run([150n, 1000n]);
  }
  database.exec(counts);
  database.close();
}

it('copies of a job are read as jobs of their own, at the ids that the benchmark asks for', async () => {
  const path = join(folder, 'plexus.db');
  const books = await createSqliteBooks({ path, writer: 'inline' });
  await furnish(books);
  fill(path);
  const { read } = books;
  expect(await read.findJob(jobIdOf(998))).toMatchObject({ accountId: 'caller', state: 'timed_out', result: 'x' });
  const own = await read.listJobs({ accountId: 'caller' }, { limit: 3 });
  expect(own.map(({ id }) => id)).toEqual([REAL_JOB, jobIdOf(998), jobIdOf(996)]);
  const older = await read.listJobs({ accountId: 'caller', state: 'failed' }, { limit: 50, after: jobIdOf(600) });
  expect(older).toHaveLength(6);
  expect(await read.listJobs({ accountId: 'unlucky', state: 'completed' }, { limit: 50 })).toEqual([]);
  expect(await read.listJobs({ accountId: 'unlucky' }, { limit: 500 })).toHaveLength(100);
  const page = await read.pageJobs('caller', { states: ['failed'] }, { limit: 3, offset: 1 });
  expect(page.total).toBe(10);
  expect(page.jobs).toEqual((await read.listJobs({ accountId: 'caller', state: 'failed' }, { limit: 4 })).slice(1));
  // The grant, the real job's charge, and those of 500 copies.
  expect(await read.listEntries('caller', { visible: true }, { limit: 1000 })).toHaveLength(502);
  expect((await read.totals()).sum).toBe(0n);
  await books.close();
});
