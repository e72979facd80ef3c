/** Operations after which others wait, in a world of their own: polls while nobody has a miner, then registrations. */
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { casesFor, checkCase } from './endpoint-properties.ts';
import { isHeldBack } from './operations.ts';
import { plainRun, runOf } from './settings.ts';
import { createWorld } from './world.ts';

const CASES = 60;
const TIMEOUT_MS = 300_000;

const world = await createWorld();
afterAll(() => world[Symbol.asyncDispose]());

const heldBack = world.operations.filter(isHeldBack).toSorted((a, b) => a.id.localeCompare(b.id));

it('there is nothing else that is held back', () => {
  expect([...new Set(heldBack.map(({ id }) => id))]).toEqual(['pollMiner', 'registerMiner']);
});

it.each(heldBack.map((operation) => [operation.id, operation.path, operation] as const))(
  '%s at %s',
  async (id, _, operation) => {
    const statuses = new Set<number | undefined>();
    const property = fc.asyncProperty(casesFor(operation, world), async (one) => {
      statuses.add(await checkCase(one, operation, world));
    });
    await fc.assert(property, runOf(plainRun(), CASES));
    if (id === 'registerMiner') expect(statuses).toContain(200);
  },
  TIMEOUT_MS,
);

it('the books are right afterwards', async () => {
  await world.quiet();
  expect(world.books.imbalance()).toBeUndefined();
});
