import type { EventPage, FeedEvent, Job } from '@plexus/core';
import { expect, it } from 'vitest';
import {
  attemptOf,
  cancelJob,
  CLIENT,
  completeJob,
  jobOf,
  leaseJob,
  MINT,
  NODE,
  NOON,
  openAccount,
  openJob,
  recordJob,
  type Stage,
} from './books-fixtures.ts';

const ALL = { after: 0, limit: 100 };

/** What readers of the feed are told of each commit. */
export function feedConformance(stage: Stage): void {
  tellingConformance(stage);
  oddLivesConformance(stage);
  readingConformance(stage);

  it('leaves numbers out that none of its events has', async () => {
    const { books } = stage;
    await books.commit(openJob(jobOf(1)));
    await books.commit({ type: 'skipEvents', count: 1e12 });
    expect(await books.read.lastEvent()).toBe(1e12 + 1);
    await books.commit(openJob(jobOf(2)));
    const page = await books.read.listEvents({ after: 1, limit: 10 });
    expect(page.events.map(({ sequence }) => sequence)).toEqual([1e12 + 2]);
    expect(page.through).toBe(1e12 + 2);
  });
}

/** Number, job and what is said of it. */
function toldOf({ events }: EventPage): readonly string[] {
  return events.map(({ sequence, event }) => `${sequence} ${wordOf(event)}`);
}

function wordOf(event: FeedEvent): string {
  if (event.type === 'receipt_created') return `${event.jobId} receipt`;
  if (event.type === 'marketplace_update') return `${event.offerId} ${event.status}`;
  const { jobId, state, nodeId = 'nobody', progressPercent } = event;
  return `${jobId} ${state} ${nodeId}${progressPercent === undefined ? '' : ` ${progressPercent}%`}`;
}

function tellingConformance(stage: Stage): void {
  it('tells of everything that a job goes through, whose and when', async () => {
    const { books } = stage;
    const job = jobOf(1);
    await books.commit(openJob(job));
    await books.commit(leaseJob(job, 1));
    await books.commit({ type: 'noteProgress', notes: [{ jobId: job.id, percent: 40 }], at: NOON });
    await books.commit(completeJob(job, 1));
    const page = await books.read.listEvents(ALL);
    expect(toldOf(page)).toEqual([
      `1 ${job.id} queued nobody`,
      `2 ${job.id} running ${NODE}`,
      `3 ${job.id} running ${NODE} 40%`,
      `4 ${job.id} completed ${NODE}`,
      `5 ${job.id} receipt`,
    ]);
    expect(page.through).toBe(5);
    expect(page.events.map(({ event }) => event.at)).toEqual(page.events.map(() => NOON));
    const { event } = page.events[2] ?? {};
    expect(event).toEqual({
      type: 'job_update',
      accountId: CLIENT,
      jobId: job.id,
      state: 'running',
      progressPercent: 40,
      nodeId: NODE,
      at: NOON,
    });
    expect(await books.read.lastEvent()).toBe(5);
  });

  it('tells the same of a job that begins and ends in one commit', async () => {
    const { books } = stage;
    const startedAt = new Date(NOON.getTime() + 5);
    const job = jobOf(1, { state: 'running', epoch: 1, nodeId: NODE, startedAt, attempts: [attemptOf(1)] });
    const command = completeJob(job);
    await books.commit(recordJob(job, { ...command, end: { ...command.end, startedAt } }));
    const page = await books.read.listEvents(ALL);
    const words = ['queued nobody', `running ${NODE}`, `completed ${NODE}`, 'receipt'];
    expect(toldOf(page)).toEqual(words.map((word, index) => `${index + 1} ${job.id} ${word}`));
    expect(page.events[1]?.event.at).toEqual(startedAt);
  });
}

function oddLivesConformance(stage: Stage): void {
  it('tells of a job that was never begun, or that no node has any more', async () => {
    const { books } = stage;
    const [first, second] = [jobOf(1), jobOf(2)] as const;
    await books.commit(openJob(first));
    await books.commit(cancelJob(first));
    await books.commit(openJob(second));
    await books.commit(leaseJob(second, 1));
    const lost = attemptOf(1, { endedAt: NOON, outcome: 'node_lost' });
    const lease = { state: 'queued', epoch: 1, attempts: [lost], decisions: [] } as const;
    await books.commit({ type: 'leaseJob', jobId: second.id, lease });
    expect(toldOf(await books.read.listEvents(ALL))).toEqual([
      `1 ${first.id} queued nobody`,
      `2 ${first.id} cancelled nobody`,
      `3 ${second.id} queued nobody`,
      `4 ${second.id} running ${NODE}`,
      `5 ${second.id} queued nobody`,
    ]);
  });

  it('tells nothing of what was refused, nor of progress after the end', async () => {
    const { books } = stage;
    const job = jobOf(1);
    await books.commit(openJob(job));
    await expect(books.commitAll([openJob(jobOf(2)), completeJob(job, 0, 101n)])).rejects.toThrow();
    await books.commit(completeJob(job, 0));
    const notes = [job.id, 'job_none'].map((jobId) => ({ jobId, percent: 99 }));
    await books.commit({ type: 'noteProgress', notes, at: NOON });
    const words = ['queued nobody', `completed ${NODE}`, 'receipt'];
    const told = toldOf(await books.read.listEvents(ALL));
    expect(told).toEqual(words.map((word, index) => `${index + 1} ${job.id} ${word}`));
  });
}

function readingConformance(stage: Stage): void {
  async function openJobs(count: number, fields: Partial<Job> = {}): Promise<void> {
    const numbers = Array.from({ length: count }, (_, index) => index + 1);
    await Promise.all(numbers.map((number) => stage.books.commit(openJob(jobOf(number, fields)))));
  }

  it('reads on from any number, each event once and in order', async () => {
    const { books } = stage;
    await openJobs(20);
    await books.commitAll(Array.from({ length: 20 }, (_, index) => completeJob(jobOf(index + 1), 0)));
    const { events: all } = await books.read.listEvents(ALL);
    expect(all.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    for (const after of [0, 1, 19, 20, 21, 40, 59, 60]) {
      const read = [];
      for (let from = after; from < 60;) {
        const page = await books.read.listEvents({ after: from, limit: 1 });
        read.push(...page.events);
        expect(page.through).toBeGreaterThan(from);
        from = page.through;
      }
      expect(read).toEqual(all.slice(after));
    }
    expect(await books.read.listEvents({ after: 60, limit: 1 })).toEqual({ events: [], through: 60 });
  });

  it("reads one account's, and says how far it has looked", async () => {
    const { books } = stage;
    await books.commit(openAccount('acct_2', 'client', 1000n));
    await openJobs(3);
    await books.commit(openJob(jobOf(9, { accountId: 'acct_2' })));
    await books.commit(cancelJob(jobOf(1)));
    const page = await books.read.listEvents({ ...ALL, accountId: 'acct_2' });
    expect(toldOf(page)).toEqual([`4 ${jobOf(9).id} queued nobody`]);
    expect(page.through).toBe(5);
    expect((await books.read.listEvents({ ...ALL, accountId: MINT })).events).toEqual([]);
  });

  it('goes on counting when it is opened again', async () => {
    const { books, reopen } = stage;
    expect(await books.read.lastEvent()).toBe(0);
    await openJobs(2);
    if (reopen) await books.close().then(reopen);
    await stage.books.commit(openJob(jobOf(3)));
    expect(await stage.books.read.lastEvent()).toBe(3);
    expect(toldOf(await stage.books.read.listEvents({ after: 2, limit: 9 }))).toEqual([
      `3 ${jobOf(3).id} queued nobody`,
    ]);
  });
}
