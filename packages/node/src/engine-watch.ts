/** Looks after an engine that is a server of its own: it may come later than the node, end, come back, and get other models. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineLook, Runner } from '@plexus/runners';

/** Between two looks. */
export const LOOK_EVERY_MS = 15_000;
/** Between two searches for an engine that is not there; at first a look's, then twice as long each time. */
const SEARCH_EVERY_MS = 60_000;
/** One silence may be a server that is busy. */
const MAX_SILENCES = 2;

/** What is watched. */
export interface WatchedEngine {
  /** Absent while it is not there. */
  runner(): Pick<Runner, 'look'> | undefined;
  /** Tries what it can do now, and offers that. */
  find(): Promise<void>;
  /** Offers it no longer. */
  withdraw(reason: string): void;
}

interface Watching {
  readonly signal: AbortSignal;
  readonly everyMs: number;
}

/** Ends, or throws, when the signal aborts; also where the engine has come to be one of the node's own. */
export async function watchEngine(engine: WatchedEngine, watching: Watching): Promise<void> {
  const { everyMs } = watching;
  let pauseMs = everyMs;
  for (;;) {
    const runner = engine.runner();
    if (!runner) {
      await pause(pauseMs, watching);
      pauseMs = Math.max(everyMs, Math.min(2 * pauseMs, SEARCH_EVERY_MS));
    } else if (runner.look) {
      await untilChanged(engine, runner.look, watching);
      pauseMs = everyMs;
    } else {
      return;
    }
    await engine.find();
  }
}

/** Returns when the engine has other models than before, or does not answer any more. */
async function untilChanged(engine: WatchedEngine, look: EngineLook, watching: Watching): Promise<void> {
  const { signal, everyMs } = watching;
  let known: string | undefined;
  let silences = 0;
  for (;;) {
    try {
      const models = JSON.stringify((await look(signal)).toSorted());
      known ??= models;
      if (models !== known) return;
      silences = 0;
    } catch (error) {
      signal.throwIfAborted();
      silences += 1;
      if (silences === MAX_SILENCES) return engine.withdraw(error instanceof Error ? error.message : String(error));
    }
    await pause(everyMs, watching);
  }
}

async function pause(ms: number, { signal }: Watching): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false });
}
