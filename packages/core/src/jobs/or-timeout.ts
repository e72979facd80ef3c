import type { Timers } from './live-job.ts';

/** Waits until something is settled, either way, or so long at most. */
export async function orTimeout(done: Promise<unknown>, timers: Timers, milliseconds: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = timers.after(milliseconds, resolve);
    const end = () => {
      stop();
      resolve();
    };
    done.then(end, end);
  });
}
