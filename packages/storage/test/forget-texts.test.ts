import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { Books, Job } from '@plexus/core';
import { createSqliteBooks } from '@plexus/storage';
import { afterEach, beforeEach, expect, it } from 'vitest';

const NOON = Date.UTC(2025, 0, 15, 12);
const HOUR = 3_600_000;

let folder: string;
let books: Books;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plexus-forget-'));
  books = await open();
});
afterEach(async () => {
  await books.close();
  await rm(folder, { recursive: true });
});

async function open(): Promise<Books> {
  return await createSqliteBooks({ path: join(folder, 'books.db'), writer: 'inline' });
}

function jobOf(number: number, fields: Partial<Job> = {}): Job {
  const at = new Date(NOON + number * HOUR);
  const money = { hold: 0n, unitPrice: 0n, cost: 0n };
  const id = `job_${String(number).padStart(6, '0')}`;
  const text = { content: `content ${number}`, params: { number }, result: `result ${number}` };
  const base = {
    id,
    accountId: 'client',
    service: 'echo',
    state: 'completed',
    epoch: 1,
    attempts: [],
    decisions: [],
  } as const;
  return { ...base, ...money, ...text, createdAt: at, endedAt: at, deadlineAt: at, ...fields };
}

/** Jobs that ended one an hour from noon on. */
async function record(...jobs: readonly Job[]): Promise<void> {
  const account = { id: 'client', kind: 'client', name: 'client', createdAt: new Date(NOON) } as const;
  const mint = { id: 'mint', kind: 'mint', name: 'mint', createdAt: new Date(NOON) } as const;
  for (const one of [mint, account])
    await books.commit({ type: 'openAccount', account: one, grant: 0n, mintId: 'mint' });
  await books.commitAll(jobs.map((job) => ({ type: 'recordJob', job, payments: [], scores: [] })));
}

const forget = async (until: number): Promise<number> => (await books.forgetTexts?.(new Date(until))) ?? Number.NaN;
const find = async (number: number): Promise<Job | undefined> => await books.read.findJob(jobOf(number).id);

it('removes the texts of jobs that ended before, and nothing else of them or of others', async () => {
  await record(jobOf(1), jobOf(2), jobOf(3));
  expect(await forget(NOON + 3 * HOUR)).toBe(2);
  const { result: _, ...rest } = jobOf(2);
  expect(await find(2)).toEqual({ ...rest, content: '', params: {}, textsRemoved: true });
  expect(await find(3)).toEqual(jobOf(3));
  expect(await forget(NOON + 3 * HOUR)).toBe(0);
  expect(await forget(NOON + 4 * HOUR)).toBe(1);
});

it('removes what was said of failures, which may be what they were sent, and keeps whose they were', async () => {
  const turn = { startedAt: new Date(NOON), endedAt: new Date(NOON), outcome: 'failed' } as const;
  const turns = Array.from({ length: 12 }, (_, at) => ({ ...turn, epoch: at + 1, nodeId: `node-${at}` }));
  const attempts = turns.map((one) => ({ ...one, error: 'no such file: my-secret.txt' }));
  await record(jobOf(1, { state: 'failed', reason: 'failed_everywhere', error: 'my-secret.txt', attempts }));
  expect(await forget(NOON + 2 * HOUR)).toBe(1);
  const job = await find(1);
  expect(job).toMatchObject({ state: 'failed', reason: 'failed_everywhere', attempts: turns });
  expect(JSON.stringify(job, (_, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
    'secret',
  );
});

it('goes on where it was after a start, and leaves jobs alone that have not ended', async () => {
  const { endedAt: _, result: __, ...open_ } = jobOf(2, { state: 'running' });
  await record(jobOf(1), jobOf(3), jobOf(4, { content: '' }));
  await books.commit({ type: 'openJob', job: open_ });
  expect(await forget(NOON + 2 * HOUR)).toBe(1);
  await books.close();
  books = await open();
  expect(await forget(NOON + 10 * HOUR)).toBe(2);
  expect(await forget(NOON + 10 * HOUR)).toBe(0);
  expect((await find(2))?.content).toBe('content 2');
  expect(await find(4)).toMatchObject({ content: '', textsRemoved: true });
});

it('takes a hundred at a time, while others write', async () => {
  await record(...Array.from({ length: 250 }, (_, number) => jobOf(number)));
  const counts: number[] = [];
  for (let i = 0; i < 4; i++) {
    const [count] = await Promise.all([
      forget(NOON + 1000 * HOUR),
      books.commitAll([{ type: 'recordJob', job: jobOf(1000 + i), payments: [], scores: [] }]),
    ]);
    counts.push(count);
  }
  expect(counts.slice(0, 2)).toEqual([100, 100]);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(250);
  expect(await books.read.listJobs({}, { limit: 1000 })).toHaveLength(254);
});

it('goes on with another thread when its own died between two questions', async () => {
  let thread: Worker | undefined;
  const note = (message: unknown) => void (thread = (message as { readonly worker: Worker }).worker);
  subscribe('worker_threads', note);
  await record(jobOf(1), jobOf(2));
  expect(await forget(NOON + 2 * HOUR)).toBe(1);
  unsubscribe('worker_threads', note);
  const ended = new Promise((resolve) => thread?.once('exit', resolve));
  // Nothing that it could read.
  thread?.postMessage(null);
  await ended;
  expect(await forget(NOON + 3 * HOUR)).toBe(1);
});
