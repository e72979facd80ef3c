import type { Books } from '../books/books.ts';
import type { EventBus } from '../events/events.ts';
import type { EndReason, Job } from './job.ts';
import type { LeaseDesk } from './lease-desk.ts';
import { closeAttempt, createLiveJob, type LiveJob, startTimer, stopTimers, type Timers } from './live-job.ts';
import type { LiveJobs } from './live-jobs.ts';
import { orTimeout } from './or-timeout.ts';
import type { Ending, Settlement } from './settlement.ts';
import { limitTurns } from './turn-limit.ts';
import type { WaitingLine } from './waiting-line.ts';

const RECOVERY_PAGE = 1000;
const READER_LOST = 'The connection of its reader was lost with the coordinator';

export interface JobKeeperDeps {
  readonly books: Books;
  readonly live: LiveJobs;
  readonly line: WaitingLine;
  readonly desk: LeaseDesk;
  readonly settlement: Settlement;
  readonly timers: Timers;
  readonly events: EventBus;
  readonly clock: () => Date;
}

/** Sees to it that every job ends: by its deadline, by a cancel, or after a restart. */
export interface JobKeeper {
  /** Keeps a job until it has ended, and no longer than its deadline. */
  watch(live: LiveJob): void;
  /** Ends a job before its node has: only what was delivered of a stream is paid for. */
  stop(live: LiveJob, state: 'timed_out' | 'cancelled', reason: EndReason, error?: string): void;
  /**
   * Takes up the jobs that were open when the coordinator stopped.
   *
   * @returns how many
   */
  recover(): Promise<number>;
  /** Waits for what runs, but at most so long; what is left, and what waits itself, is on disk. */
  drain(timeoutMs: number): Promise<void>;
}

export function createJobKeeper(deps: JobKeeperDeps): JobKeeper {
  const { books, live: jobs, line, desk, settlement, timers, clock } = deps;

  function forget(live: LiveJob): void {
    stopTimers(live);
    line.leave(live);
    jobs.remove(live);
  }

  /** Something that should not happen did: the node is stopped, and a hold that was written is given back. */
  function abandon(live: LiveJob): void {
    desk.release(live, 'internal error');
    forget(live);
    if (live.opening && !live.ending)
      void settlement.end(live, endingOf(live, { state: 'failed', reason: 'internal_error' }, clock()));
  }

  function stop(live: LiveJob, state: 'timed_out' | 'cancelled', reason: EndReason, error?: string): void {
    line.leave(live);
    void settlement.end(live, endingOf(live, { state, reason, error }, clock()));
    desk.release(live, reason);
  }

  function watch(live: LiveJob): void {
    jobs.add(live);
    live.ended.then(
      () => forget(live),
      () => abandon(live),
    );
    const leftMs = Math.max(0, live.job.deadlineAt.getTime() - clock().getTime());
    startTimer(live, timers, leftMs, () => stop(live, 'timed_out', 'deadline_exceeded'));
  }

  const limitTurn = limitTurns({ ...deps, stop });

  function resume(job: Job): void {
    const live = createLiveJob(job, { patient: true });
    live.opening = Promise.resolve();
    watch(live);
    if (job.demands?.attached) stop(live, 'cancelled', 'cancelled_by_client', READER_LOST);
    else if (job.state === 'running') desk.await(live);
    else line.join(live);
    limitTurn(job);
  }

  return {
    watch,
    stop,

    async recover() {
      const before = jobs.size;
      for await (const job of openJobs(books)) resume(job);
      return jobs.size - before;
    },

    drain: (timeoutMs) => drain(timeoutMs, stop, deps),
  };
}

async function drain(timeoutMs: number, stop: JobKeeper['stop'], deps: JobKeeperDeps): Promise<void> {
  const { live: jobs, settlement, timers } = deps;
  await orTimeout(untilNothingRuns(deps), timers, timeoutMs);
  // Nobody could read on after the next start: what was delivered of a stream is settled now.
  const streams = [...jobs.list()].filter(({ stream }) => stream !== undefined);
  for (const live of streams) stop(live, 'cancelled', 'cancelled_by_operator', 'The coordinator is stopping');
  await Promise.allSettled(streams.map((live) => live.ended));
  const left = [...jobs.list()];
  await Promise.allSettled(left.map((live) => settlement.open(live)));
  left.forEach(leave);
}

/** What waits for a miner, or for an offer, is not waited for: it may do so for an hour. */
async function untilNothingRuns({ live: jobs, line }: Pick<JobKeeperDeps, 'live' | 'line'>): Promise<void> {
  const isLost = ({ node, job, ending }: LiveJob): boolean => !node && job.state === 'running' && !ending;
  for (;;) {
    const running = [...jobs.list()].filter((live) => !line.isWaiting(live) && !isLost(live));
    if (running.length === 0) return;
    await Promise.allSettled(running.map(({ ended }) => ended));
  }
}

async function* openJobs({ read }: Books): AsyncGenerator<Job> {
  let after: string | undefined;
  for (;;) {
    const page: readonly Job[] = await read.listOpenJobs({
      limit: RECOVERY_PAGE,
      ...(after !== undefined && { after }),
    });
    yield* page;
    if (page.length < RECOVERY_PAGE) return;
    after = page.at(-1)?.id;
  }
}

interface Stop {
  readonly state: 'timed_out' | 'cancelled' | 'failed';
  readonly reason: EndReason;
  /** In words, where the reason does not say it. */
  readonly error?: string | undefined;
}

function endingOf(live: LiveJob, { state, reason, error = wordsOf(live, state, reason) }: Stop, now: Date): Ending {
  return { state, reason, error, attempts: closeAttempt(live.job, state, now, error) };
}

function wordsOf({ job }: LiveJob, state: Stop['state'], reason: EndReason): string {
  const seconds = Math.round((job.deadlineAt.getTime() - job.createdAt.getTime()) / 1000);
  return state === 'timed_out' ? `Task timed out (${seconds}s)` : reason;
}

/** Lets go of a job that goes on after the next start: nothing more is accepted for it now. */
function leave(live: LiveJob): void {
  live.ending = true;
  stopTimers(live);
}
