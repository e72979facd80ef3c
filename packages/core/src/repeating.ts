import type { StopTimer, Timers } from './jobs/live-job.ts';

/** What is done again and again, until it is stopped. */
export interface Repeating {
  /** Resolves when what is under way is done. */
  stop(): Promise<void>;
}

/** @param work says in how many milliseconds it is to be done again; its failures are its own affair */
export function startRepeating(
  timers: Timers,
  firstMs: number,
  work: (isStopped: () => boolean) => Promise<number>,
): Repeating {
  let isStopped = false;
  let stopTimer: StopTimer = () => undefined;
  let running = Promise.resolve();

  async function run(): Promise<void> {
    const nextMs = await work(() => isStopped);
    if (!isStopped) wait(nextMs);
  }

  function wait(milliseconds: number): void {
    stopTimer = timers.after(milliseconds, () => {
      running = run();
    });
  }

  wait(firstMs);
  return {
    async stop() {
      isStopped = true;
      stopTimer();
      await running;
    },
  };
}
