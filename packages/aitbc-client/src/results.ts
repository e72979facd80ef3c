import { ApiError, type CallOptions, pause } from '@plexus/sdk';

/** How long to wait for a job. */
export interface WaitOptions extends CallOptions {
  /** Milliseconds until the waiting is given up with JOB_NOT_READY; 0 asks once. Ten minutes unless told. */
  readonly waitMs?: number;
}

const WAIT_MS = 600_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2000;

/**
 * Asks until there is an answer that is final.
 *
 * @throws {ApiError} JOB_NOT_READY when that takes too long
 */
export async function whenReady<T>(ask: () => Promise<T>, { waitMs = WAIT_MS, signal }: WaitOptions): Promise<T> {
  const giveUpAt = performance.now() + waitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2)) {
    try {
      return await ask();
    } catch (error) {
      const leftMs = giveUpAt - performance.now();
      if (!isTooEarly(error) || leftMs <= 0) throw error;
      await pause(Math.min(pauseMs, leftMs), signal);
    }
  }
}

function isTooEarly(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'JOB_NOT_READY';
}
