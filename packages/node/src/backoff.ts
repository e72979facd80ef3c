const FIRST_MS = 200;
/** While work is held: a coordinator that starts again waits 5 s for its nodes. Source: DESIGN.md, decision 10. */
export const BUSY_CAP_MS = 2500;
export const IDLE_CAP_MS = 5000;

/** Milliseconds to wait before the nth attempt in a row, n from 1; half of it is chance. */
export type Backoff = (attempt: number, capMs: number) => number;

export function createBackoff(random: () => number = Math.random): Backoff {
  return (attempt, capMs) => Math.min(capMs, FIRST_MS * 2 ** (attempt - 1)) * (0.5 + random() / 2);
}
