import { type Books, type DayCount, emptyDay, type Job, type JobIdQuery, type JobState, withEnd } from '@plexus/core';
import { expect, it } from 'vitest';
import {
  CLIENT,
  completeJob,
  jobOf,
  leaseJob,
  NODE,
  NODE_ACCOUNT,
  NOON,
  openJob,
  recordJob,
  type Stage,
} from './books-fixtures.ts';
import { jobsInEveryState } from './books-list-conformance.ts';

const EVERY_STATE: readonly JobState[] = ['queued', 'running', 'completed', 'failed', 'cancelled', 'timed_out'];
/** More jobs than any of these tests makes. */
const ALL = 1000;

/** What the books say they hold, and what they hold: days together, and the client's jobs by state. */
export async function countsOf({ read }: Books): Promise<{ kept: unknown; now: unknown }> {
  const jobs = await read.listJobs({}, { limit: ALL });
  const { day: _day, ...now } = jobs.reduce(withJob, emptyDay(0));
  const kept = { days: await read.sumDays(), states: new Map<JobState, number>() };
  const states = new Map<JobState, number>();
  for (const state of EVERY_STATE) {
    const { total } = await read.pageJobs(CLIENT, { states: [state] }, { limit: 1, offset: 0 });
    kept.states.set(state, total);
    states.set(state, jobs.filter((job) => job.accountId === CLIENT && job.state === state).length);
  }
  return { kept, now: { days: now, states } };
}

function withJob(day: DayCount, { state, cost, createdAt, endedAt }: Job): DayCount {
  const opened = { ...day, opened: day.opened + 1 };
  if (!endedAt) return opened;
  return withEnd({ ...opened, volume: opened.volume + cost }, state, endedAt.getTime() - createdAt.getTime());
}

/** Counts of jobs, and pages by place. */
export function countConformance(stage: Stage): void {
  offsetConformance(stage);
  idConformance(stage);
  tallyConformance(stage);
}

function offsetConformance(stage: Stage): void {
  it('pages the jobs of an account by place, service and state, with how many there are', async () => {
    const { books } = stage;
    await jobsInEveryState(books);
    await books.commit(openJob(jobOf(8, { service: 'llm', name: 'mine' })));
    const page = async (filter: Parameters<Books['read']['pageJobs']>[1], limit = 9, offset = 0) => {
      const { jobs, total } = await books.read.pageJobs(CLIENT, filter, { limit, offset });
      return [total, ...jobs.map(({ id }) => id.slice(-1))].join(' ');
    };
    expect(await page({})).toBe('7 8 6 5 4 3 2 1');
    expect(await page({}, 2, 3)).toBe('7 4 3');
    expect(await page({}, 2, 7)).toBe('7');
    expect(await page({ states: ['completed'] })).toBe('2 5 3');
    expect(await page({ states: ['completed'] }, 1, 1)).toBe('2 3');
    expect(await page({ states: ['queued', 'running'] })).toBe('3 8 2 1');
    expect(await page({ states: ['failed'] })).toBe('0');
    expect(await page({ service: 'llm' })).toBe('1 8');
    expect(await page({ service: 'echo' }, 2, 4)).toBe('6 2 1');
    expect(await page({ service: 'echo', states: ['cancelled'] })).toBe('2 6 4');
    expect(await page({ service: 'none' })).toBe('0');
    const { jobs } = await books.read.pageJobs(CLIENT, { service: 'llm' }, { limit: 1, offset: 0 });
    expect(jobs[0]).toMatchObject({ name: 'mine', service: 'llm', createdAt: NOON });
  });
}

function idConformance(stage: Stage): void {
  it('lists ids of the jobs of an account by service, states and age, newest first', async () => {
    const { books } = stage;
    await jobsInEveryState(books);
    await books.commit(openJob(jobOf(8, { service: 'llm' })));
    const query = {
      accountId: CLIENT,
      service: 'echo',
      states: ['queued', 'running', 'completed'],
      after: '',
      limit: 9,
    } as const;
    const list = async (wanted: Partial<JobIdQuery>) =>
      (await books.read.listJobIds({ ...query, ...wanted })).map((id) => id.slice(-1)).join(' ');
    expect(await list({})).toBe('5 3 2 1');
    expect(await list({ limit: 2 })).toBe('5 3');
    expect(await list({ states: ['cancelled'] })).toBe('6 4');
    expect(await list({ service: 'llm' })).toBe('8');
    expect(await list({ after: jobOf(4).id })).toBe('5 2 1');
    expect(await list({ accountId: NODE_ACCOUNT })).toBe('');
  });
}

function tallyConformance(stage: Stage): void {
  it('counts a job in its state only, and its time and cost on the day it ended', async () => {
    const { books } = stage;
    const job = jobOf(1);
    await books.commit(openJob(job));
    await books.commit(leaseJob(job, 1));
    await books.commit(leaseJob(job, 2));
    const later = new Date(NOON.getTime() + 86_400_000);
    const command = completeJob(job, 2);
    await books.commit({ ...command, end: { ...command.end, endedAt: later } });
    const sums = { opened: 1, completed: 1, failed: 0, cancelled: 0, completionMs: 86_400_000, volume: 40n };
    expect(await books.read.sumDays()).toEqual(sums);
    expect(await books.read.countJobs('2025-01-15')).toBe(1);
    expect(await books.read.countJobs('2025-01-16')).toBe(0);
  });

  it('adds up what a node earned and how long it worked, as its account has it', async () => {
    const { books } = stage;
    await books.commitAll([openJob(jobOf(1)), completeJob(jobOf(1))]);
    await books.commit(recordJob(jobOf(2), completeJob(jobOf(2))));
    expect(await books.read.findScore(NODE)).toMatchObject({ completed: 2, earned: 72n, busyMs: 500 });
    expect(await books.read.findAccount('acct_node')).toMatchObject({ earned: 72n });
  });

  it('counts nothing of what was refused', async () => {
    const { books } = stage;
    const refused = books.commitAll([openJob(jobOf(1)), openJob(jobOf(1))]);
    await expect(refused).rejects.toThrow();
    expect(await books.read.pageJobs(CLIENT, {}, { limit: 9, offset: 0 })).toEqual({ jobs: [], total: 0 });
  });
}
