import { meanOf } from './roll-up.ts';
import type { SeriesPoint } from './series-chunk.ts';

const NOTHING = { revenue: 0, requests: 0 };

/** A worker's figures over a time. */
export interface WorkerStats {
  /** NanoTON. */
  readonly revenue: number;
  readonly requests: number;
  readonly gpuUtilization?: number;
  /** Of the times that it was asked, how many of a hundred it answered. */
  readonly uptimePercent: number;
}

/**
 * Figures from an instant on.
 *
 * @param points in order; those before the instant say where the counters stood at it
 * @returns undefined without a point in that time
 */
export function statsSince(points: readonly SeriesPoint[], from: Date): WorkerStats | undefined {
  const within = points.filter(({ at }) => at >= from);
  if (within.length === 0) return undefined;
  // Before its first answer nobody knows what a worker had done already.
  const counted = points.filter(({ answers, revenue, requests }) => answers > 0 || revenue > 0 || requests > 0);
  const base = counted.findLast(({ at }) => at < from) ?? counted.find(({ at }) => at >= from) ?? NOTHING;
  const last = counted.at(-1) ?? NOTHING;
  const gpuUtilization = meanOf(within, (point) => point.gpuUtilization);
  const polls = within.reduce((sum, point) => sum + point.polls, 0);
  const answers = within.reduce((sum, point) => sum + point.answers, 0);
  return {
    revenue: last.revenue - base.revenue,
    requests: last.requests - base.requests,
    uptimePercent: (100 * answers) / Math.max(1, polls),
    ...(gpuUtilization !== undefined && { gpuUtilization }),
  };
}
