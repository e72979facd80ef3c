import type { Part } from '../part.ts';
import type { Scene } from '../scene.ts';
import { sleep } from '../wait.ts';

const STANDSTILL_MS = { whole: 10_000, brief: 1000 };

/** Lets a program stand still for a while, as on a machine that swaps, or that was suspended. */
export async function standStill(part: Part | undefined, { pace }: Scene): Promise<{ at: number; until: number }> {
  const at = performance.now();
  part?.signal('SIGSTOP');
  await sleep(STANDSTILL_MS[pace]);
  part?.signal('SIGCONT');
  return { at, until: performance.now() };
}
