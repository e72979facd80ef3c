/** Seconds up to which a bucket counts, smallest first. */
export const LATENCY_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** How long requests took: how many up to each bucket's seconds, those beyond the last at the end; and all together. */
export interface LatencyHistogram {
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

export const NO_LATENCIES: LatencyHistogram = { counts: [...LATENCY_BUCKETS, 0].map(() => 0), sumSeconds: 0 };

/** Adds requests of which only their mean is known: a worker says no more. */
export function addLatencies(
  { counts, sumSeconds }: LatencyHistogram,
  requests: number,
  meanSeconds: number,
): LatencyHistogram {
  const found = LATENCY_BUCKETS.findIndex((bound) => meanSeconds <= bound);
  const bucket = found === -1 ? LATENCY_BUCKETS.length : found;
  return {
    counts: counts.map((count, at) => (at === bucket ? count + requests : count)),
    sumSeconds: sumSeconds + requests * meanSeconds,
  };
}
