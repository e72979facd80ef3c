import { loadavg } from 'node:os';
import type { Fault, Injection } from './faults/fault.ts';
import type { Call } from './load/caller.ts';
import type { Random } from './random.ts';
import { becomeWhole, type Scene } from './scene.ts';
import { sleep, until } from './wait.ts';

/** A caller who has not been served by then has been forgotten. */
const RECOVERY_LIMIT_MS = 110_000;
/** Kills come at a random moment of the work, also of the recovery from the one before. */
const KILL_PAUSE_MS = 400;
const HURRIED_SHARE = 0.25;

/** One fault and the recovery from it. */
export interface Round {
  /** Of the machine, over the last minute: what else runs on it is in every time. */
  readonly loadAverage: number;
  /** Calls that were hit: their job, or they themselves. */
  readonly hit: number;
  /** How many of them were told in the end that it failed. */
  readonly failed: number;
  /** From the fault to the end of the first call that was sent after it, and served; absent where the next fault came first. */
  readonly firstMs?: number;
  /** The longest that a caller who was hit had to wait, from the fault or from his own beginning. */
  readonly lastMs?: number;
}

/** Does a fault, waits for the recovery, and measures it. */
export async function playRound(fault: Fault, scene: Scene, random: Random): Promise<Round> {
  if (fault.isKill) await sleep(random.between(0, KILL_PAUSE_MS));
  else await becomeWhole(scene);
  const isHurried = fault.isKill && random.isBelow(HURRIED_SHARE);
  const injection = await fault.inject(scene, random);
  if (isHurried) return { loadAverage: loadNow(), hit: 0, failed: 0 };
  const hasRecovered = await until(() => isOver(scene, injection), RECOVERY_LIMIT_MS);
  if (!hasRecovered) scene.load.tally.complain(`${fault.name}: ${unserved(scene, injection)}`);
  return measure(scene, injection);
}

function isOver({ load }: Scene, { at, until: end }: Injection): boolean {
  const isWaiting = [...load.underway].some(({ startedAt }) => startedAt <= end);
  return !isWaiting && load.ended.some((call) => isFresh(call, at));
}

/** Whether a call shows that the network works again. */
function isFresh({ sentAt, outcome }: Call, at: number): boolean {
  return outcome === 'served' && sentAt > at;
}

function measure({ load }: Scene, { at, until: end, isHit }: Injection): Round {
  const first = load.ended.find((call) => isFresh(call, at));
  const during = load.ended.filter(({ startedAt, endedAt = 0 }) => startedAt <= end && endedAt > at);
  const hit = during.filter(isHit);
  const waits = hit.map(({ startedAt, endedAt = 0 }) => endedAt - Math.max(at, startedAt));
  return {
    loadAverage: loadNow(),
    hit: hit.length,
    failed: hit.filter(({ outcome }) => outcome === 'failed').length,
    ...(first?.endedAt !== undefined && { firstMs: first.endedAt - at }),
    ...(waits.length > 0 && { lastMs: Math.max(...waits) }),
  };
}

function loadNow(): number {
  return loadavg()[0] ?? 0;
}

function unserved({ load }: Scene, { until: end }: Injection): string {
  const waiting = [...load.underway].filter(({ startedAt }) => startedAt <= end);
  const words = waiting.map(({ kind, jobs }) => `${kind} (${[...jobs].join(', ') || 'no job known'})`);
  return `callers still wait after ${RECOVERY_LIMIT_MS / 1000} s: ${words.join(', ') || 'nobody, but nothing is served'}`;
}
