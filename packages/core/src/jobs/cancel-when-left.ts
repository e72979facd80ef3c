import type { JobKeeper } from './job-keeper.ts';
import type { LiveJob } from './live-job.ts';

/**
 * Cancels a job when nobody waits for it any more.
 *
 * @param signal ends when its client goes away
 */
export function cancelWhenLeft(live: LiveJob, signal: AbortSignal, keeper: Pick<JobKeeper, 'stop'>): void {
  const leave = (): void => {
    if (live.ending) return;
    keeper.stop(live, 'cancelled', 'cancelled_by_client');
  };
  const forget = (): void => signal.removeEventListener('abort', leave);
  live.ended.then(forget, forget);
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
}
