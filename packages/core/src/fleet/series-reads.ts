import type { FleetReader } from './fleet-reader.ts';
import type { LiveWorkers } from './fleet-deps.ts';
import type { Resolution, SeriesPoint } from './series-chunk.ts';
import { ROLL_UPS } from './roll-up.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const BEGINNING = new Date(0);
const FINEST_FIRST: readonly Resolution[] = ['raw', ...ROLL_UPS.map(({ to }) => to)];

/** The longest time that one chunk covers: one that began before an instant may reach over it. */
const LONGEST_SPAN_MS: Readonly<Record<Resolution, number>> = {
  raw: 10 * MINUTE_MS,
  '5min': 60 * MINUTE_MS,
  '1h': DAY_MS,
};

/** Reads of what workers said. */
export interface SeriesReads {
  /**
   * A worker's points from an instant on, in order, with some that came just before it: one read for a day, one more
   * for each coarser resolution that a longer time reaches into.
   */
  since(workerId: number, from: Date): Promise<readonly SeriesPoint[]>;
  /** A worker's last point before an instant, however long before. */
  lastBefore(workerId: number, instant: Date): Promise<SeriesPoint | undefined>;
}

export function createSeriesReads({
  read,
  live,
  clock,
}: {
  readonly clock: () => Date;
  readonly read: Pick<FleetReader, 'listChunks'>;
  readonly live: Pick<LiveWorkers, 'points'>;
}): SeriesReads {
  return {
    async lastBefore(workerId, instant) {
      for (const resolution of FINEST_FIRST) {
        const chunks = await read.listChunks(workerId, resolution, BEGINNING, instant);
        const found = chunks.flatMap(({ points }) => points).findLast(({ at }) => at < instant);
        if (found) return found;
      }
      return undefined;
    },

    async since(workerId, from) {
      const now = clock();
      const parts: (readonly SeriesPoint[])[] = [];
      for (const resolution of resolutionsFor(from, now)) {
        const start = new Date(from.getTime() - LONGEST_SPAN_MS[resolution]);
        const chunks = await read.listChunks(workerId, resolution, start, now);
        parts.unshift(chunks.flatMap(({ points }) => points));
      }
      const kept = parts.flat();
      const last = kept.at(-1)?.at;
      // What was written while this was being read is in both.
      return [...kept, ...live.points(workerId).filter(({ at }) => !last || at > last)];
    },
  };
}

/** Finest first: what is younger than a resolution's roll-up is never coarser. */
function resolutionsFor(from: Date, now: Date): readonly Resolution[] {
  const ageMs = now.getTime() - from.getTime();
  return ['raw', ...ROLL_UPS.filter(({ afterMs }) => ageMs > afterMs).map(({ to }) => to)];
}
