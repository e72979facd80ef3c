/**
 * The life of jobs under whatever may happen: nodes that come, go, answer, fail, lie or say nothing; clients that
 * cancel; time that passes. Whatever the order, every job ends, is never under two leases, and is paid once.
 */
import { type FeedEvent, hasEnded, type Job } from '@plexus/core';
import { creditsToMicro } from '@plexus/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Play, script } from './support/engine-script.ts';
import { createWorld, settle, type World } from './support/engine-world.ts';

async function checkBooks({ books }: World): Promise<void> {
  const totals = await books.read.totals();
  expect(totals).toMatchObject({ sum: 0n, held: 0n, openJobs: 0 });
  const jobs = await books.read.listJobs({}, { limit: 1000 });
  const completed = jobs.filter(({ state }) => state === 'completed');
  for (const { id } of jobs) {
    const job = await books.read.findJob(id);
    expect(job && hasEnded(job.state), `${id} has ended`).toBe(true);
    expect(job?.reason).toBeDefined();
    const epochs = job?.attempts.map(({ epoch }) => epoch) ?? [];
    expect(epochs, `${id} was leased under rising epochs`).toEqual([...new Set(epochs)].sort((a, b) => a - b));
    expect(job?.cost).toBe(job?.state === 'completed' ? creditsToMicro(10) : 0n);
  }
  const client = await books.read.findAccount('client');
  const nodes = await books.read.findAccount('nodes');
  const paid = creditsToMicro(10 * completed.length);
  expect(client?.available).toBe(creditsToMicro(1000) - paid);
  expect(nodes?.available).toBe((paid * 9750n) / 10_000n);
}

/** The feed tells each job's life: it waits, runs wherever it runs, ends once, and has its receipt when it was paid. */
async function checkFeed({ books }: World): Promise<void> {
  const { events, through } = await books.read.listEvents({ after: 0, limit: 10_000 });
  expect(events.map(({ sequence }) => sequence)).toEqual(Array.from({ length: through }, (_, index) => index + 1));
  const lives = new Map<string, FeedEvent[]>();
  for (const { event } of events) {
    if (event.type === 'marketplace_update') continue;
    lives.set(event.jobId, [...(lives.get(event.jobId) ?? []), event]);
  }
  const jobs = await books.read.listJobs({}, { limit: 1000 });
  expect([...lives.keys()].sort()).toEqual(jobs.map(({ id }) => id).sort());
  for (const job of jobs) checkLife(job, lives.get(job.id) ?? []);
}

function checkLife({ id, state, receiptIndex }: Job, life: readonly FeedEvent[]): void {
  const words = life.map((event) => (event.type === 'job_update' ? event.state : event.type));
  const end = receiptIndex === undefined ? [state] : [state, 'receipt_created'];
  const [first, ...rest] = words;
  expect(first, id).toBe('queued');
  expect(rest.slice(-end.length), id).toEqual(end);
  for (const word of rest.slice(0, -end.length)) expect(['queued', 'running'], id).toContain(word);
  const times = life.map(({ at }) => at.getTime());
  expect(times, `${id} is told in its order`).toEqual(times.toSorted((a, b) => a - b));
}

it('every job ends, once, and the books agree, whatever happens in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(script, async (steps) => {
      const world = await createWorld();
      const play = await Play.begin(world);
      for (const action of steps) {
        await play.run(action);
        await settle();
      }
      await world.time.pass(200_000);
      await settle();
      await Promise.all(play.submitted);
      expect(world.live.size).toBe(0);
      await checkBooks(world);
      await checkFeed(world);
    }),
    { numRuns: 150 },
  );
});

it('a job is on one node only, under the newest lease', async () => {
  await fc.assert(
    fc.asyncProperty(script, async (steps) => {
      const world = await createWorld();
      const holders = new Map<string, number>();
      world.events.subscribe((event) => {
        if (event.type !== 'job_leased') return;
        const before = holders.get(event.job.id) ?? 0;
        expect(event.job.epoch, `${event.job.id} is leased anew`).toBeGreaterThan(before);
        holders.set(event.job.id, event.job.epoch);
      });
      const play = await Play.begin(world);
      for (const action of steps) {
        await play.run(action);
        await settle();
        for (const { job, node } of world.live.list()) {
          const leaseholders = [...world.registry.list()].filter(({ leases }) => leases.has(job.id));
          expect(leaseholders.length, `${job.id} has one node`).toBeLessThanOrEqual(1);
          if (node) expect(leaseholders).toEqual([node]);
        }
      }
      await world.time.pass(200_000);
    }),
    { numRuns: 100 },
  );
});
