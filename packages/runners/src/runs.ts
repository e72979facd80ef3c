import { asRunError, closedError, linkSignals, throwIfInterrupted } from './interruption.ts';

/** All that one runner has under way. */
export interface Runs {
  /** Does work until it is over, its signal aborts or the runner closes. @throws {RunError} whatever goes wrong */
  follow<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Ends it all, and waits until it has ended. */
  close(): Promise<void>;
}

export function createRuns(): Runs {
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();

  async function run<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const either = linkSignals([signal, closing.signal]);
    try {
      throwIfInterrupted(either.signal);
      return await work(either.signal);
    } catch (error) {
      throw asRunError(error, either.signal);
    } finally {
      either.unlink();
    }
  }

  return {
    async follow(signal, work) {
      const result = run(signal, work);
      running.add(result);
      return await result.finally(() => running.delete(result));
    },
    async close() {
      closing.abort(closedError());
      await Promise.allSettled(running);
    },
  };
}
