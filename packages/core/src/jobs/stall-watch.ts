import type { JobStream } from './job-stream.ts';
import { type LiveJob, startTimer, type Timers } from './live-job.ts';
import type { Turns } from './turns.ts';

/**
 * A node that sends neither text nor progress from one look to the next, while its reader waits, has an engine that hangs: time enough for
 * a long prompt on a slow machine, and short of the deadline of OpenAI's requests.
 */
const STALL_MS = 120_000;

export interface StallWatchDeps {
  readonly timers: Timers;
  readonly turns: Pick<Turns, 'broke'>;
}

/** Takes a stream from a node that stands still, so that another can go on with it. */
export function watchStall(live: LiveJob, stream: JobStream, deps: StallWatchDeps): void {
  const { timers, turns } = deps;
  const { epoch, progressPercent } = live.job;
  const seen = stream.received;
  startTimer(live, timers, STALL_MS, () => {
    const { node, job } = live;
    const stoodStill = stream.received === seen && job.progressPercent === progressPercent;
    const hasHung = node && job.epoch === epoch && stoodStill && stream.isHungry;
    if (hasHung && !live.ending) turns.broke(live, node, `nothing came for ${STALL_MS / 1000} s`);
    if (!live.ending) watchStall(live, stream, deps);
  });
}
