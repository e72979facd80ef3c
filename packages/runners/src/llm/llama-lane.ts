import { orInterrupted, throwIfInterrupted } from '../interruption.ts';

/** Work of llama.cpp cannot be broken off; here it is waited for no longer than a signal allows. */
export interface Lane {
  /** Begins a piece of work, unless the signal came before. */
  run<T>(begin: () => Promise<T>): Promise<T>;
  /** Begins what must be done whatever the signal says; nobody waits for it but `idle`. */
  finish(begin: () => Promise<unknown>): void;
  /** Resolves when llama.cpp works no more on what was begun here. */
  idle(): Promise<void>;
}

export function createLane(signal: AbortSignal): Lane {
  let busy: Promise<unknown> = Promise.resolve();
  const keep = (work: Promise<unknown>): void => void (busy = Promise.allSettled([busy, work]));
  return {
    async run(begin) {
      throwIfInterrupted(signal);
      const work = begin();
      keep(work);
      return orInterrupted(work, signal);
    },
    finish: (begin) => keep(begin()),
    async idle() {
      await busy;
    },
  };
}
