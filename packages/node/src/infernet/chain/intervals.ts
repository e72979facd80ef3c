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

/** When a chain was looked at, in its own seconds. */
export interface Times {
  /** Of its newest block. */
  readonly time: number;
  /** By that block and by one before it. */
  readonly agreed: number;
}

interface Terms extends Schedule {
  readonly frequency: number;
}

/** Which answer is due; 0 where none is, as before the first and after the last. */
export function dueAt({ frequency, ...schedule }: Terms, { time }: Pick<Times, 'time'>): number {
  const interval = intervalAt(schedule, time);
  return interval > frequency ? 0 : interval;
}

/** Whether the last interval has passed: on the word of one block, which may be dated far ahead, nothing is forgotten. */
export function isOver({ frequency, ...schedule }: Terms, { agreed }: Pick<Times, 'agreed'>): boolean {
  return intervalAt(schedule, agreed) > frequency;
}
