import type { Scheduler } from '../scheduling/scheduler.ts';
import { placementOf } from './dispatcher.ts';
import type { Job } from './job.ts';
import type { Outlook } from './job-service.ts';
import type { LiveJob } from './live-job.ts';
import type { LiveJobs } from './live-jobs.ts';
import type { WaitingLine } from './waiting-line.ts';

export interface OutlookDeps {
  readonly live: LiveJobs;
  readonly line: WaitingLine;
  readonly scheduler: Pick<Scheduler, 'isPossible' | 'unfit' | 'pace'>;
  readonly clock: () => Date;
}

const NOTHING: Outlook = { unfit: [] };

/** What is to be expected of jobs. Only what was measured counts: where nothing was, nothing is said. */
export function createOutlook(deps: OutlookDeps): (job: Job) => Outlook {
  const { live: jobs, scheduler, clock } = deps;
  return (job) => {
    if (job.endedAt) return { endsAt: job.endedAt, unfit: [] };
    const live = jobs.find(job.id);
    if (!live) return NOTHING;
    if (job.state === 'running') return endingIn(runningMs(live, deps), clock());
    const placement = placementOf(live);
    if (!scheduler.isPossible(placement)) return { unfit: scheduler.unfit(placement) };
    return endingIn(waitingMs(live, deps), clock());
  };
}

function endingIn(leftMs: number | undefined, now: Date): Outlook {
  return leftMs === undefined ? NOTHING : { endsAt: new Date(now.getTime() + leftMs), unfit: [] };
}

/** By its own progress, else by how long its node takes for such jobs, else by how long any takes. */
function runningMs({ job, node }: LiveJob, { scheduler, clock }: OutlookDeps): number | undefined {
  const since = (job.attempts.at(-1)?.startedAt ?? job.createdAt).getTime();
  const passedMs = clock().getTime() - since;
  const { progressPercent: percent = 0 } = job;
  if (percent > 0) return (passedMs * (100 - percent)) / percent;
  const meanMs = node?.services.get(job.service)?.meanMs ?? scheduler.pace(job.service)?.meanMs;
  return meanMs === undefined ? undefined : Math.max(0, meanMs - passedMs);
}

/** Until those before it are gone, and then its own time. */
function waitingMs(live: LiveJob, { line, scheduler }: OutlookDeps): number | undefined {
  const pace = scheduler.pace(live.job.service);
  return pace && ((line.countBefore(live) + 1) * 1000) / pace.perSecond + pace.meanMs;
}
