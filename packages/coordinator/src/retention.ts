import { type Books, type Repeating, startTextRetention, type Timers } from '@plexus/core';
import type { Metrics } from './http/metrics.ts';
import type { CoordinatorOptions } from './options.ts';

const DAY_MS = 86_400_000;

const NOTHING: Repeating = { stop: () => Promise.resolve() };

/** @throws {Error} when texts shall be removed by a storage that cannot */
export function requireRetention({ forgetTexts }: Books, { keepJobsDays }: CoordinatorOptions): void {
  if (keepJobsDays === undefined || forgetTexts) return;
  throw new Error('--keep-jobs is not possible here: only books in SQLite can remove old texts');
}

/** Removes texts of old jobs while the coordinator runs, if it shall. */
export function startRetention(
  { forgetTexts }: Books,
  { keepJobsDays, logger }: CoordinatorOptions,
  { metrics, timers }: { readonly metrics: Metrics; readonly timers: Timers },
): Repeating {
  if (keepJobsDays === undefined || !forgetTexts) return NOTHING;
  return startTextRetention({
    forgetTexts,
    keepMs: keepJobsDays * DAY_MS,
    clock: () => new Date(),
    timers,
    onRemoved: (jobs) => metrics.textsRemoved(jobs),
    onError: (error) => logger.error({ err: error }, 'old texts are kept'),
  });
}
