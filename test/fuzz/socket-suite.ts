/** What hostile, broken and impatient nodes can do over their sockets, in any order: nothing. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Arena, createArena } from './arena.ts';
import { type FuzzRun, runOf } from './settings.ts';
import { script } from './socket-script.ts';

const SCRIPTS = 30;
const TIMEOUT_MS = 900_000;

export function describeSockets(run: FuzzRun): void {
  let arena: Arena;
  beforeAll(async () => {
    arena = await createArena();
  });
  afterAll(() => arena[Symbol.asyncDispose]());

  it(
    'nobody is paid but for a valid result under a live lease, whatever nodes say, and an honest one works on',
    async () => {
      const property = fc.asyncProperty(script, (steps) => arena.play(steps));
      await fc.assert(property, runOf(run, SCRIPTS));
      // Else nothing of a lease would have been tried.
      expect(arena.paidToOthers()).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
}
