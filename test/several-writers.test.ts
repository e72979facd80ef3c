/** Coordinators that share their books with others: no node hears of a job before its hold is on disk. */
import { type Books, type DomainError, isRefusal, type Job } from '@plexus/core';
import { creditsToMicro } from '@plexus/protocol';
import { createMemoryBooks } from '@plexus/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Play, script } from './support/engine-script.ts';
import { CLIENT, createWorld, join, settle, type World } from './support/engine-world.ts';

function sharedBooks(): Books {
  return { ...createMemoryBooks(), isSoleWriter: false };
}

const watched = new WeakSet<object>();

/** Looks at every job that is given to a node: the books must have it, held and leased like this. */
function watchLeases(world: World, wrong: string[]): void {
  for (const { session, record } of world.registry.list()) {
    if (watched.has(session)) continue;
    watched.add(session);
    const assign = session.assign.bind(session);
    session.assign = (task) => {
      void world.books.read.findJob(task.task_id).then((job) => {
        const isHeld = job?.nodeId === record.id && job.epoch === task.epoch && job.hold > 0n;
        if (!isHeld) wrong.push(`${task.task_id} under epoch ${task.epoch}`);
      });
      assign(task);
    };
  }
}

function echo(world: World): Promise<Job | DomainError> {
  const task = { caller: CLIENT, service: 'echo', content: 'x', params: {}, detached: false } as const;
  return world.jobs.submit(task).catch((error: DomainError) => error);
}

it('a node hears of a job once hold and lease are on disk, together', async () => {
  const world = await createWorld({ books: sharedBooks() });
  const node = await join(world, 'a');
  const wrong: string[] = [];
  watchLeases(world, wrong);
  const answer = echo(world);
  await settle();
  expect(node.tasks).toHaveLength(1);
  expect(await world.books.read.totals()).toMatchObject({ openJobs: 1, held: creditsToMicro(10) });
  const task = node.tasks[0];
  if (task && node.node) {
    world.desk.result(node.node, { task_id: task.task_id, epoch: task.epoch ?? 0, status: 'completed', result: 'x' });
  }
  expect(await answer).toMatchObject({ state: 'completed', cost: creditsToMicro(10) });
  expect(await world.books.read.totals()).toMatchObject({ sum: 0n, held: 0n, openJobs: 0 });
  expect(wrong).toEqual([]);
});

it('two coordinators on one ledger give out no more work than the client can pay, and refuse the rest at once', async () => {
  const books = sharedBooks();
  const worlds = [await createWorld({ books, idPrefix: 'first' }), await createWorld({ books, idPrefix: 'second' })];
  const nodes = await Promise.all(worlds.flatMap((world) => ['a', 'b', 'c'].map((name) => join(world, name))));
  const spend = { type: 'openJob', job: jobThatHolds(creditsToMicro(970)) } as const;
  await books.commit(spend);
  const answers = worlds.flatMap((world) => Array.from({ length: 4 }, () => echo(world)));
  await settle();
  const given = nodes.flatMap(({ tasks }) => tasks);
  expect(given).toHaveLength(3);
  const refused = await Promise.all(answers.map((answer) => Promise.race([answer, settle().then(() => undefined)])));
  expect(refused.filter((answer) => isRefusal(answer, 'INSUFFICIENT_BALANCE'))).toHaveLength(5);
  expect(await books.read.findAccount(CLIENT.accountId)).toMatchObject({ available: 0n, held: creditsToMicro(1000) });
});

function jobThatHolds(hold: bigint): Job {
  const at = new Date();
  const amounts = { hold, unitPrice: hold, cost: 0n };
  const lists = { attempts: [], decisions: [], params: {} };
  const common = {
    id: 'job-of-another',
    accountId: CLIENT.accountId,
    service: 'echo',
    content: '',
    state: 'queued',
  } as const;
  return { ...common, ...amounts, ...lists, epoch: 0, createdAt: at, deadlineAt: at };
}

it('every job ends, once, and the books agree, whatever happens in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(script, async (steps) => {
      const world = await createWorld({ books: sharedBooks() });
      const play = await Play.begin(world);
      const wrong: string[] = [];
      for (const action of steps) {
        watchLeases(world, wrong);
        await play.run(action);
        await settle();
      }
      await world.time.pass(200_000);
      await settle();
      await Promise.all(play.submitted);
      expect(wrong).toEqual([]);
      expect(world.live.size).toBe(0);
      expect(await world.books.read.totals()).toMatchObject({ sum: 0n, held: 0n, openJobs: 0 });
      const completed = await world.books.read.listJobs({ state: 'completed' }, { limit: 1000 });
      expect(await world.books.read.findAccount(CLIENT.accountId)).toMatchObject({
        spent: creditsToMicro(10 * completed.length),
      });
    }),
    { numRuns: 100 },
  );
});
