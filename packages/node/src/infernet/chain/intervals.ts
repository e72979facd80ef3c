/** Whether its owner has cancelled a subscription: then its contract says that it begins at another time, the last of all. */
export function isCancelled(now: Pick<Schedule, 'activeAt'>, { activeAt }: Pick<Schedule, 'activeAt'>): boolean {
  return now.activeAt > activeAt;
}

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
