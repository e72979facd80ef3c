/**
 * The life of jobs under whatever may happen: nodes that come, go, answer, fail, lie or say nothing; clients that
 * cancel; time that passes. Whatever the order, every job ends, is never under two leases, and is paid once.
 */
import { hasEnded } from '@plexus/core';
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
