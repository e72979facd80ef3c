import type { EventBus } from '../events/events.ts';
import type { Job } from './job.ts';
import type { JobKeeper } from './job-keeper.ts';
import { startTimer, type Timers } from './live-job.ts';
import type { LiveJobs } from './live-jobs.ts';

export interface TurnLimitDeps {
  readonly live: LiveJobs;
  readonly timers: Timers;
  readonly events: EventBus;
  readonly stop: JobKeeper['stop'];
}

/**
 * Ends jobs with a turn that takes longer than it may: another node would take as long.
 *
 * @returns the same for a turn that began before
 */
export function limitTurns({ live: jobs, timers, events, stop }: TurnLimitDeps): (job: Job) => void {
  function limit({ id, epoch, demands }: Job): void {
    const live = jobs.find(id);
    const { turnSeconds } = demands ?? {};
    if (!live || turnSeconds === undefined || live.job.state !== 'running') return;
    startTimer(live, timers, turnSeconds * 1000, () => {
      if (live.ending || live.job.epoch !== epoch || live.job.state !== 'running') return;
      stop(live, 'timed_out', 'deadline_exceeded', `The task took longer than ${turnSeconds} s`);
    });
  }

  events.subscribe((event) => {
    if (event.type === 'job_leased') limit(event.job);
  });
  return limit;
}
