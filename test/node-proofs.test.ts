/** What a node has proven adds up: its proofs are as many as it says, and their rewards are what it was paid. */
import { createNodeEarnings } from '@plexus/core';
import { expect, it } from 'vitest';
import { createWorld, join, settle, type World } from './support/engine-world.ts';
import { Engine, PROMPT_TOKENS, read, start, WORDS } from './support/stream-world.ts';

/** What one token brings a node, in micro-credits, and the fee in these worlds. */
const TOKEN = 100;
const FEE = 0.025;

/** Runs a stream, tells its reader's signal to the script, and waits for its end. */
async function stream(world: World, script: (reader: AbortController) => Promise<void>): Promise<void> {
  const reader = new AbortController();
  const opening = start(world, reader.signal);
  await settle();
  const following = opening.then(async (streamed) => {
    await read(streamed).done;
    await streamed.ended;
  });
  await script(reader);
  await following;
}

it('counts a stream whose reader left, and of one that two nodes made only its own part, without the fee', async () => {
  const world = await createWorld();
  const [lost, node] = [new Engine(await join(world, 'node-a')), new Engine(await join(world, 'node-b'))];
  const steps = async (engine: Engine, count: number): Promise<void> => {
    for (let i = 0; i < count; i++) engine.step(world);
    await settle();
  };
  await stream(world, async () => {
    await steps(lost, 4);
    lost.fail(world);
    await settle();
    await steps(node, WORDS.length + 1);
  });
  world.registry.disconnect(lost.session, 'node-a');
  await stream(world, async (reader) => {
    await steps(node, 2);
    reader.abort();
    await settle();
  });

  const { books, registry, live, time } = world;
  const earnings = createNodeEarnings({ read: books.read, registry, live, clock: time.clock, feeBasisPoints: 250 });
  const { work, submitted, verified, reward } = await earnings.proofs('node-b', 100);
  const tokens = [PROMPT_TOKENS + 2, WORDS.length - 4];
  expect(work.map((one) => ('receipt' in one ? Number(one.reward) : undefined))).toEqual(
    tokens.map((count) => count * TOKEN - Math.floor(count * TOKEN * FEE)),
  );
  expect([submitted, verified]).toEqual([2, 2]);
  expect(work.reduce((sum, one) => sum + ('receipt' in one ? one.reward : 0n), 0n)).toBe(reward);
});
