import type { Books } from '../books/books.ts';
import { type Repeating, startRepeating } from '../repeating.ts';
import type { Timers } from './live-job.ts';

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
export function startTextRetention(deps: TextRetentionDeps): Repeating {
  const { forgetTexts, keepMs, clock, timers, onRemoved, onError } = deps;
  return startRepeating(timers, PAUSE_MS, async () => {
    let removed = 0;
    try {
      removed = await forgetTexts(new Date(clock().getTime() - keepMs));
      if (removed > 0) onRemoved(removed);
    } catch (error) {
      onError(error);
    }
    return removed > 0 ? PAUSE_MS : LOOK_AGAIN_MS;
  });
}
