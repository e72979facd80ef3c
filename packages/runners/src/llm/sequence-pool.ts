import { closedError, interruption, throwIfInterrupted } from '../interruption.ts';
import { RunError } from '../runner.ts';

const MAX_WAITING = 64;

export interface Pool<T> {
  /** Lends an item; waits for one until the signal ends the wait. */
  take(signal: AbortSignal): Promise<T>;
  give(item: T): void;
  /** Refuses all who wait and resolves when every item is back. */
  close(): Promise<void>;
}

/** A fixed number of items, lent to one user each; those who wait are served in order. */
export function createPool<T>(items: readonly T[]): Pool<T> {
  const free = [...items];
  const waiting = new Set<{ resolve(item: T): void; reject(error: RunError): void }>();
  let closed = false;
  let allBack: () => void = () => undefined;

  function wait(signal: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settled = (): void => {
        waiting.delete(entry);
        signal.removeEventListener('abort', stop);
      };
      const stop = (): void => entry.reject(interruption(signal));
      const entry = {
        resolve: (item: T): void => (settled(), resolve(item)),
        reject: (error: RunError): void => (settled(), reject(error)),
      };
      waiting.add(entry);
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  return {
    async take(signal) {
      throwIfInterrupted(signal);
      if (closed) throw closedError();
      const item = free.pop();
      if (item !== undefined) return item;
      if (waiting.size >= MAX_WAITING) throw new RunError('ENGINE_FAILED', 'Too many tasks wait for the engine');
      return wait(signal);
    },
    give(item) {
      const [next] = waiting;
      if (next) return next.resolve(item);
      free.push(item);
      if (free.length === items.length) allBack();
    },
    async close() {
      closed = true;
      for (const entry of waiting) entry.reject(closedError());
      if (free.length < items.length) await new Promise<void>((resolve) => (allBack = resolve));
    },
  };
}
