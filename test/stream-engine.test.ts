/**
 * Streams through the job engine, with time that moves only when it is told to: however a stream ends, what was charged
 * is what its reader got and what the receipt says.
 */
import { hasEnded } from '@plexus/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLIENT, createWorld, join, settle, type World } from './support/engine-world.ts';
import { Engine, PROMPT_TOKENS, read, type Reader, start, WORDS } from './support/stream-world.ts';

const PRICE_MICRO = 100n;

type Act = 'step' | 'fail' | 'lose' | 'return' | 'cancel' | 'leave' | 'late' | 'skip';

const acts: fc.Arbitrary<readonly (readonly [Act, number])[]> = fc.array(
  fc.tuple(
    fc.oneof(
      { weight: 12, arbitrary: fc.constant<Act>('step') },
      { weight: 4, arbitrary: fc.constantFrom<Act>('fail', 'lose', 'return', 'skip') },
      { weight: 1, arbitrary: fc.constantFrom<Act>('cancel', 'leave', 'late') },
    ),
    fc.nat({ max: 1 }),
  ),
  { minLength: 1, maxLength: 60 },
);

async function live(script: readonly (readonly [Act, number])[]) {
  const world = await createWorld();
  const engines = [new Engine(await join(world, 'node-a')), new Engine(await join(world, 'node-b'))];
  const leaving = new AbortController();
  let reader: Reader | undefined;
  const streamed = start(world, leaving.signal).then((stream) => {
    reader = read(stream);
    return stream;
  });
  await settle();
  for (const [act, at] of script) {
    await PERFORM[act]({ world, engines, at, leaving });
    await settle();
  }
  await world.time.pass(10_000);
  for (let i = 0; i < 40; i++) {
    for (const engine of engines) engine.step(world);
    await settle();
  }
  await world.time.pass(100_000);
  const job = await (await streamed).ended;
  await reader?.done;
  return { world, job, reader };
}

interface Scene {
  readonly world: World;
  readonly engines: Engine[];
  readonly at: number;
  readonly leaving: AbortController;
}

const PERFORM: Readonly<Record<Act, (scene: Scene) => void | Promise<void>>> = {
  step: ({ world, engines, at }) => engines[at]?.step(world),
  fail: ({ world, engines, at }) => engines[at]?.fail(world),
  skip: ({ world, engines, at }) => engines[at]?.skip(world),
  lose({ world, engines, at }) {
    const { session } = engines[at] ?? {};
    if (!session?.node || !world.registry.disconnect(session, session.node.record.id)) return;
    session.tasks.length = 0;
    world.desk.lost(session.node);
  },
  async return({ world, engines, at }) {
    const name = `node-${at === 0 ? 'a' : 'b'}`;
    if (!world.registry.find(name)) engines[at] = new Engine(await join(world, name));
  },
  cancel({ world }) {
    const [open] = world.live.list();
    if (open && !open.ending) void world.jobs.cancel(CLIENT, open.job.id);
  },
  leave: ({ leaving }) => leaving.abort(),
  late: ({ world }) => world.time.pass(70_000),
};

/** Charged, delivered and in the receipt: one figure. */
async function expectTrue({ world, job, reader }: Awaited<ReturnType<typeof live>>): Promise<void> {
  expect(hasEnded(job.state)).toBe(true);
  const { sum, held, openJobs } = await world.books.read.totals();
  expect({ sum, held, openJobs }).toEqual({ sum: 0n, held: 0n, openJobs: 0 });
  const { text = '', tokens = 0 } = reader ?? {};
  const units = tokens > 0 ? tokens + PROMPT_TOKENS : 0;
  const receipt = await world.books.read.findReceipt(job.id);
  expect([job.units ?? 0, receipt?.payload.units ?? 0]).toEqual([units, units]);
  expect(job.cost).toBe(BigInt(units) * PRICE_MICRO);
  expect((await world.books.read.findAccount('client'))?.spent).toBe(job.cost);
  expect(text).toBe(WORDS.slice(0, tokens).join(''));
  expect(job.result ?? '').toBe(text);
  if (job.state === 'completed') expect(tokens).toBe(WORDS.length);
}

describe('a stream through the job engine', () => {
  it('charges what was delivered, and the receipt says the same, however it ends', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(acts, async (script) => expectTrue(await live(script))),
      { numRuns: 150 },
    );
  });

  it('goes on at another node from the delivered tokens, and pays each for its part', async () => {
    const script: (readonly [Act, number])[] = [...Array.from({ length: 5 }, () => ['step', 0] as const), ['lose', 0]];
    const { world, job, reader } = await live(script);
    expect(job).toMatchObject({ state: 'completed', units: PROMPT_TOKENS + WORDS.length });
    expect(reader?.text).toBe(WORDS.join(''));
    const entries = await world.books.read.listEntries('client', { visible: true }, { limit: 9 });
    expect(entries.filter(({ kind }) => kind === 'charge').map(({ amount }) => amount)).toEqual([1500n]);
    const shares = await world.books.read.listEntries('nodes-b', { visible: true }, { limit: 9 });
    expect(shares.map(({ kind, amount }) => [kind, amount])).toEqual([
      ['fee', 17n],
      ['share', 700n],
    ]);
  });
});
