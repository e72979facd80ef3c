interface Schedule {
  readonly activeAt: number;
  /** Seconds. */
  readonly period: number;
}

/** Which answer is due at a time: the first from `activeAt` on, another after every period; 0 before. */
export function intervalAt({ activeAt, period }: Schedule, time: number): number {
  if (time < activeAt) return 0;
  return period === 0 ? 1 : Math.floor((time - activeAt) / period) + 1;
}
