import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../interruption.ts';

/** One that has lived for so long is started again at once when it ends. */
const STEADY_MS = 10_000;
const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 10_000;

/** A process that answers. */
export interface KeptProcess {
  /** Resolves when it has ended, with how: a signal or an exit code. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

/** A process that is started again whenever it ends by itself. */
export interface KeptUp {
  /** Why there is none now; nothing while there is one. */
  outage(): string | undefined;
  close(): Promise<void>;
}

export interface KeepUpOptions {
  /** What the process is, at the beginning of a sentence. */
  readonly name: string;
  readonly start: (signal: AbortSignal) => Promise<KeptProcess>;
  /** Told once when it has ended, and once when it is there again. */
  readonly onProgress: (text: string) => void;
}

/** @param first the process that runs already */
export function keepUp(first: KeptProcess, { name, start, onProgress }: KeepUpOptions): KeptUp {
  const closing = new AbortController();
  const { signal } = closing;
  let current = first;
  let outage: string | undefined;
  let pauseMs = 0;

  async function startAgain(): Promise<KeptProcess | undefined> {
    while (!signal.aborted) {
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(MAX_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pauseMs * 2));
      try {
        signal.throwIfAborted();
        return await start(signal);
      } catch (error) {
        outage = `${name} has ended and cannot be started again: ${reasonOf(error)}`;
      }
    }
    return undefined;
  }

  async function watch(): Promise<void> {
    for (;;) {
      const startedAtMs = performance.now();
      const how = await current.ended;
      if (signal.aborted) return;
      outage = `${name} has ended (${how}) and is being started again`;
      onProgress(outage);
      if (performance.now() - startedAtMs > STEADY_MS) pauseMs = 0;
      const next = await startAgain();
      if (!next) return;
      current = next;
      if (signal.aborted) return await current.close();
      outage = undefined;
      onProgress(`${name} runs again`);
    }
  }

  const watching = watch();
  return {
    outage: () => outage,
    async close() {
      closing.abort(new Error(`${name} is being ended`));
      await current.close();
      await watching;
    },
  };
}
