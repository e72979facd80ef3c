import { createEventFeed, type EventFeed, type FeedEvent, feedRow, type FeedRow, readFeedRows } from '@plexus/core';
import { expect, it, onTestFinished } from 'vitest';

/** Books that only tell, and time that passes when it is told to. */
function createWorld() {
  const rows: FeedRow[] = [];
  const lastEvent = (): number => (rows.at(-1)?.first ?? 0) + (rows.at(-1)?.count ?? 1) - 1;
  const errors: unknown[] = [];
  let isBroken = false;
  let reads = 0;
  let due: (() => void) | undefined;
  const feed = createEventFeed({
    reader: {
      async listEvents(query) {
        reads += 1;
        if (isBroken) throw new Error('broken');
        return readFeedRows(
          rows.filter(({ first, count }) => first + count - 1 > query.after).slice(0, query.limit),
          query,
        );
      },
      lastEvent: async () => lastEvent(),
    },
    timers: {
      after(_milliseconds, run) {
        due = run;
        return () => (due = undefined);
      },
    },
    onError: (error) => errors.push(error),
  });
  return {
    feed,
    errors,
    commit: (...accounts: readonly string[]) => rows.push(feedRow(accounts.map(eventOf), lastEvent())),
    break: (broken: boolean) => (isBroken = broken),
    isWaiting: () => due !== undefined,
    readsSoFar: () => reads,
    tick: async () => {
      const run = due;
      due = undefined;
      run?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const eventOf = (accountId: string): FeedEvent => ({
  type: 'job_update',
  accountId,
  jobId: 'job',
  state: 'queued',
  at: new Date(0),
});

async function heardBy(feed: EventFeed): Promise<number[]> {
  const heard: number[] = [];
  onTestFinished(await feed.listen((events) => heard.push(...events.map(({ sequence }) => sequence))));
  return heard;
}

it('tells what is committed after somebody listens, once and in order', async () => {
  const { feed, commit, tick } = createWorld();
  commit('a', 'a');
  const heard = await heardBy(feed);
  expect([heard, feed.position]).toEqual([[], 2]);
  commit('a');
  commit('b', 'b');
  await tick();
  await tick();
  expect([heard, feed.position]).toEqual([[3, 4, 5], 5]);
  const later = await heardBy(feed);
  commit('a');
  await tick();
  expect([heard.at(-1), later]).toEqual([6, [6]]);
});

it('tells all of a backlog at once', async () => {
  const { feed, commit, tick } = createWorld();
  const heard = await heardBy(feed);
  for (let commits = 0; commits < 200; commits++) commit('a', 'b');
  await tick();
  expect(heard).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
});

it('asks nobody while nobody listens, and begins anew at what is then the newest', async () => {
  const { feed, commit, tick, isWaiting, readsSoFar } = createWorld();
  const leave = await feed.listen(() => undefined);
  leave();
  expect(isWaiting()).toBe(false);
  const before = readsSoFar();
  commit('a', 'a');
  await tick();
  expect(readsSoFar()).toBe(before);
  const heard = await heardBy(feed);
  commit('a');
  await tick();
  expect(heard).toEqual([3]);
});

it('listens once, though somebody left and came while the books were asked', async () => {
  const { feed, commit, tick } = createWorld();
  const leaving = feed.listen(() => undefined);
  commit('a');
  const leave = await leaving;
  commit('a');
  const ticking = tick();
  leave();
  const heard = await heardBy(feed);
  await ticking;
  commit('a');
  await tick();
  expect([heard, feed.position]).toEqual([[3], 3]);
});

it('goes on when the books could not be read for a while', async () => {
  const { feed, commit, tick, errors, break: setBroken } = createWorld();
  const heard = await heardBy(feed);
  setBroken(true);
  commit('a');
  await tick();
  expect(errors).toHaveLength(1);
  setBroken(false);
  await tick();
  expect(heard).toEqual([1]);
});

it('reads what was told before, and nothing that was not told yet', async () => {
  const { feed, commit, tick } = createWorld();
  for (let commits = 0; commits < 40; commits++) commit('a', 'b');
  await heardBy(feed);
  commit('a');
  const read = [];
  for (let after = 0; after < feed.position;) {
    const page = await feed.read(after, 'a');
    read.push(...page.events.map(({ sequence }) => sequence));
    after = page.through;
  }
  expect(read).toEqual(Array.from({ length: 40 }, (_, index) => 2 * index + 1));
  expect(await feed.read(80)).toEqual({ events: [], through: 80 });
  await tick();
  expect((await feed.read(80)).through).toBe(81);
});
