import type { Call } from '../load/caller.ts';
import type { Random } from '../random.ts';
import type { Scene } from '../scene.ts';

/** A fault that was done. Moments are those of performance.now(). */
export interface Injection {
  readonly at: number;
  /** From when on nothing was wrong any more. */
  readonly until: number;
  /** Whether a call that was under way meanwhile was hit by it. */
  readonly isHit: (call: Call) => boolean;
}

/** One thing that goes wrong. */
export interface Fault {
  readonly name: string;
  /** What is done, in one line of the table. */
  readonly what: string;
  /** Kills are many and quick; some of them do not wait for the recovery from the one before. */
  readonly isKill: boolean;
  /** It needs a disk of its own that can be filled. */
  readonly needsSmallDisk?: true;
  /** It needs a database server that can be killed. */
  readonly needsDatabase?: true;
  inject(scene: Scene, random: Random): Promise<Injection>;
}

/** Calls whose job a node had under lease meanwhile. */
export function hitThrough(scene: Scene, nodeName: string, from: number, to: number): (call: Call) => boolean {
  const tasks = scene.network.leases.tasksOf(nodeName, from, to);
  return ({ jobs }) => [...jobs].some((id) => tasks.has(id));
}

/** Every call that was under way. */
export const everybody = (): boolean => true;
