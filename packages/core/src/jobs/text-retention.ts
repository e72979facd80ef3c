import type { Books } from '../books/books.ts';
import type { StopTimer, Timers } from './live-job.ts';

/** Between two batches, so that others who write hardly notice. */
const PAUSE_MS = 100;
/** Until it is looked again, when no job is old enough. */
const LOOK_AGAIN_MS = 60_000;

export interface TextRetentionDeps {
  readonly forgetTexts: NonNullable<Books['forgetTexts']>;
  /** How long texts are kept after their job has ended. */
  readonly keepMs: number;
  readonly clock: () => Date;
  readonly timers: Timers;
  /** Told of how many jobs texts were removed. */
  readonly onRemoved: (jobs: number) => void;
  readonly onError: (error: unknown) => void;
}

/** Removes the texts of jobs that ended long ago, in small batches, for as long as it runs. */
export interface TextRetention {
  /** Resolves when the batch that is under way is done. */
  stop(): Promise<void>;
}

export function startTextRetention(deps: TextRetentionDeps): TextRetention {
  const { forgetTexts, keepMs, clock, timers, onRemoved, onError } = deps;
  let isStopped = false;
  let stopTimer: StopTimer = () => undefined;
  let running = Promise.resolve();

  async function run(): Promise<void> {
    let removed = 0;
    try {
      removed = await forgetTexts(new Date(clock().getTime() - keepMs));
      if (removed > 0) onRemoved(removed);
    } catch (error) {
      onError(error);
    }
    if (!isStopped) wait(removed > 0 ? PAUSE_MS : LOOK_AGAIN_MS);
  }

  function wait(milliseconds: number): void {
    stopTimer = timers.after(milliseconds, () => {
      running = run();
    });
  }

  wait(PAUSE_MS);
  return {
    async stop() {
      isStopped = true;
      stopTimer();
      await running;
    },
  };
}
