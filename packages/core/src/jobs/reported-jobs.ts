import type { ContainerStep } from '@plexus/protocol';
import { type Caller, requireScope } from '../accounts/caller.ts';
import type { Books } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import { createOneByOne } from '../one-by-one.ts';
import type { Job } from './job.ts';
import type { Timers } from './live-job.ts';
import type { LiveJobs } from './live-jobs.ts';
import { orTimeout } from './or-timeout.ts';

/** Jobs that run elsewhere and have not ended, of all callers. */
const MAX_RUNNING = 10_000;
/** Seconds after which one that was never heard of again is forgotten. */
const LIFE_SECONDS = 86_400;

/** What is told of a job that ran at a container without us. */
export interface JobReport {
  readonly id: string;
  readonly status: 'running' | 'success' | 'failed';
  readonly containers: readonly string[];
  readonly results: readonly ContainerStep[];
  /** The node that was told. */
  readonly nodeId: string;
}

export interface ReportedJobsDeps {
  readonly books: Pick<Books, 'commit' | 'read'>;
  readonly live: Pick<LiveJobs, 'find'>;
  readonly timers: Timers;
  readonly clock: () => Date;
}

/** One that runs, with what those wait for who want to hear of its end. */
interface Running {
  readonly job: Job;
  readonly nodeId: string;
  readonly ended: Promise<void>;
  end(): void;
}

/** Jobs that ran at a container without us, of which somebody tells. What runs is in memory, what has ended on disk. */
export interface ReportedJobs {
  /** @throws {DomainError} FORBIDDEN, JOB_ALREADY_ENDED when the id is that of another job, OVERLOADED */
  report(caller: Caller, report: JobReport): Promise<void>;
  /** One that runs. */
  find(caller: Caller, id: string): Job | undefined;
  /** Waits until one does not run any more, but at most `waitMs`. */
  wait(id: string, waitMs: number): Promise<void>;
  /** Those that run, newest first. */
  listIds(caller: Caller): readonly string[];
  /** How many run of those that a node was told of. */
  countOf(nodeId: string): number;
}

type RunningJobs = Map<string, Running>;

export function createReportedJobs(deps: ReportedJobsDeps): ReportedJobs {
  const running: RunningJobs = new Map();
  return {
    report: createReport(running, deps),

    find(caller, id) {
      const job = running.get(id)?.job;
      return job?.accountId === caller.accountId ? job : undefined;
    },

    async wait(id, waitMs) {
      const known = running.get(id);
      if (known) await orTimeout(known.ended, deps.timers, waitMs);
    },

    listIds: (caller) =>
      [...running.values()]
        .filter(({ job }) => job.accountId === caller.accountId)
        .map(({ job }) => job.id)
        .toReversed(),

    countOf(nodeId) {
      forgetOld(running, deps.clock());
      return [...running.values()].filter((one) => one.nodeId === nodeId).length;
    },
  };
}

function createReport(running: RunningJobs, { books, live, clock }: ReportedJobsDeps): ReportedJobs['report'] {
  /** What the books say of a job is not changed by a later report meanwhile. */
  const byJob = createOneByOne();

  async function requireFree(caller: Caller, id: string): Promise<void> {
    const known = running.get(id)?.job ?? live.find(id)?.job ?? (await books.read.findJob(id));
    if (known && !(running.has(id) && known.accountId === caller.accountId)) throw taken(known);
  }

  async function begin(caller: Caller, report: JobReport, now: Date): Promise<void> {
    await requireFree(caller, report.id);
    if (running.size >= MAX_RUNNING) {
      throw new DomainError('OVERLOADED', 'Too many jobs run elsewhere', { retryAfterSeconds: 5 });
    }
    const known = running.get(report.id);
    const job = reportedJob(caller, report, known?.job.createdAt ?? now);
    running.set(report.id, { ...(known ?? unended()), job, nodeId: report.nodeId });
  }

  async function end(caller: Caller, report: JobReport, now: Date): Promise<void> {
    await requireFree(caller, report.id);
    const job = reportedJob(caller, report, running.get(report.id)?.job.createdAt ?? now);
    await books.commit({ type: 'recordJob', job: ended(job, report, now), payments: [], scores: [] });
    forget(running, job.id);
  }

  return async (caller, report) => {
    requireScope(caller, 'submit');
    const now = clock();
    forgetOld(running, now);
    await byJob(report.id, () => (report.status === 'running' ? begin : end)(caller, report, now));
  };
}

function forget(running: RunningJobs, id: string): void {
  running.get(id)?.end();
  running.delete(id);
}

function forgetOld(running: RunningJobs, now: Date): void {
  for (const [id, { job }] of running) {
    if (job.deadlineAt > now) return;
    forget(running, id);
  }
}

function taken({ id: jobId, state }: Pick<Job, 'id' | 'state'>): DomainError {
  return new DomainError('JOB_ALREADY_ENDED', 'There is another job of this id', { jobId, state });
}

function unended(): Pick<Running, 'ended' | 'end'> {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { ended, end: () => end() };
}

function reportedJob({ accountId, keyId }: Caller, { id, containers }: JobReport, createdAt: Date): Job {
  return {
    id,
    accountId,
    keyId,
    service: 'container',
    content: '{}',
    params: { containers: [...containers] },
    state: 'running',
    hold: 0n,
    unitPrice: 0n,
    cost: 0n,
    epoch: 0,
    attempts: [],
    decisions: [],
    createdAt,
    startedAt: createdAt,
    deadlineAt: new Date(createdAt.getTime() + LIFE_SECONDS * 1000),
  };
}

function ended(job: Job, { status, results }: JobReport, endedAt: Date): Job {
  const isDone = status === 'success';
  const result = JSON.stringify(results);
  if (isDone) return { ...job, state: 'completed', reason: 'done', result, endedAt };
  return { ...job, state: 'failed', reason: 'program_failed', error: 'It failed elsewhere', result, endedAt };
}
