import type { ContainerStep } from '@plexus/protocol';
import { type Caller, requireScope } from '../accounts/caller.ts';
import type { Books } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import type { Job } from './job.ts';
import type { LiveJobs } from './live-jobs.ts';

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
}

export interface ReportedJobsDeps {
  readonly books: Pick<Books, 'commit' | 'read'>;
  readonly live: Pick<LiveJobs, 'find'>;
  readonly clock: () => Date;
}

/** Jobs that ran at a container without us, of which somebody tells. What runs is in memory, what has ended on disk. */
export interface ReportedJobs {
  /** @throws {DomainError} FORBIDDEN, JOB_ALREADY_ENDED when the id is that of another job, OVERLOADED */
  report(caller: Caller, report: JobReport): Promise<void>;
  /** One that runs. */
  find(caller: Caller, id: string): Job | undefined;
  /** Those that run, newest first. */
  listIds(caller: Caller): readonly string[];
}

export function createReportedJobs({ books, live, clock }: ReportedJobsDeps): ReportedJobs {
  const running = new Map<string, Job>();

  function forgetOld(now: Date): void {
    for (const [id, { deadlineAt }] of running) {
      if (deadlineAt > now) return;
      running.delete(id);
    }
  }

  async function requireFree(caller: Caller, id: string): Promise<void> {
    const known = running.get(id) ?? live.find(id)?.job ?? (await books.read.findJob(id));
    if (!known || (running.has(id) && known.accountId === caller.accountId)) return;
    throw new DomainError('JOB_ALREADY_ENDED', 'There is another job of this id', { jobId: id, state: known.state });
  }

  return {
    async report(caller, report) {
      requireScope(caller, 'submit');
      const now = clock();
      forgetOld(now);
      await requireFree(caller, report.id);
      const job = reportedJob(caller, report, running.get(report.id)?.createdAt ?? now);
      if (report.status !== 'running') {
        await books.commit({ type: 'recordJob', job: ended(job, report, now), payments: [], scores: [] });
        running.delete(report.id);
      } else if (running.size < MAX_RUNNING) running.set(report.id, job);
      else throw new DomainError('OVERLOADED', 'Too many jobs run elsewhere', { retryAfterSeconds: 5 });
    },

    find(caller, id) {
      const job = running.get(id);
      return job?.accountId === caller.accountId ? job : undefined;
    },

    listIds: (caller) =>
      [...running.values()]
        .filter(({ accountId }) => accountId === caller.accountId)
        .map(({ id }) => id)
        .toReversed(),
  };
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
