import { type Caller, requireOperator, requireScope } from '../accounts/caller.ts';
import type { Books, BooksReader } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import type { EventBus } from '../events/events.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import { idAt } from './id-at.ts';
import { hasEnded, type Job } from './job.ts';
import type { JobIntake } from './job-intake.ts';
import type { JobKeeper } from './job-keeper.ts';
import { createJobStreams } from './create-job-streams.ts';
import { createOutlook, type OutlookDeps } from './create-outlook.ts';
import type { JobService } from './job-service.ts';
import type { JobStreams } from './streamed-job.ts';
import type { Timers } from './live-job.ts';
import { orTimeout } from './or-timeout.ts';
import type { Turns } from './turns.ts';

export interface JobServiceDeps extends OutlookDeps {
  readonly books: Books;
  readonly intake: JobIntake;
  readonly keeper: JobKeeper;
  readonly registry: NodeRegistry;
  readonly turns: Pick<Turns, 'broke'>;
  readonly timers: Timers;
  readonly events: EventBus;
}

/** A job service that can be stopped. */
export interface RunningJobService extends JobService, JobStreams {
  /** Takes nothing new, and waits for what runs, but at most so long; what is left is on disk. */
  drain(timeoutMs: number): Promise<void>;
}

export function createJobService(deps: JobServiceDeps): RunningJobService {
  const { books, live: jobs, intake, keeper, timers } = deps;
  const streams = createJobStreams(deps);
  let isDraining = false;

  async function find(caller: Caller, jobId: string): Promise<Job> {
    const job = jobs.find(jobId)?.job ?? (await books.read.findJob(jobId));
    if (job && (job.accountId === caller.accountId || caller.role === 'operator')) return job;
    throw new DomainError('JOB_NOT_FOUND', 'Job does not exist', { jobId });
  }

  /** Whoever may submit a job may also see what became of it. */
  async function get(caller: Caller, jobId: string): Promise<Job> {
    if (!caller.scopes.includes('submit')) requireScope(caller, 'read');
    return await find(caller, jobId);
  }

  return {
    get,

    async submit(request) {
      requireScope(request.caller, 'submit');
      if (isDraining) throw shuttingDown();
      return await intake.submit(request);
    },

    async stream(request) {
      if (isDraining) throw shuttingDown();
      return await streams.stream(request);
    },

    async wait(caller, jobId, waitMs) {
      const job = await get(caller, jobId);
      const live = jobs.find(jobId);
      if (hasEnded(job.state) || !live || waitMs <= 0) return job;
      await orTimeout(live.ended, timers, waitMs);
      return hasEnded(live.job.state) ? live.job : await find(caller, jobId);
    },

    ...jobLists(books.read),
    outlook: createOutlook(deps),

    async cancel(caller, jobId) {
      requireScope(caller, 'submit');
      return await cancel(caller, await find(caller, jobId), deps);
    },

    rate: (caller, jobId, rating) => rate(caller, { jobId, rating }, deps),

    async drain(timeoutMs) {
      isDraining = true;
      await keeper.drain(timeoutMs);
    },
  };
}

function jobLists(reader: BooksReader): Pick<JobService, 'list' | 'page' | 'listIds'> {
  return {
    async list(caller, { state, everybody }, page) {
      requireScope(caller, 'read');
      if (everybody) requireOperator(caller);
      const whose = everybody ? {} : { accountId: caller.accountId };
      return await reader.listJobs({ ...whose, ...(state && { state }) }, page);
    },

    async page(caller, filter, page) {
      requireScope(caller, 'read');
      return await reader.pageJobs(caller.accountId, filter, page);
    },

    async listIds(caller, { service, states, since }, limit) {
      requireScope(caller, 'read');
      const { accountId } = caller;
      return await reader.listJobIds({ accountId, service, states, after: idAt(since), limit });
    },
  };
}

async function cancel(caller: Caller, job: Job, { live: jobs, keeper }: JobServiceDeps): Promise<Job> {
  const { id: jobId, accountId } = job;
  const live = jobs.find(jobId);
  if (!live || live.ending) {
    // What it ends as is told once it is on disk.
    const { state } = live ? await live.ended : job;
    throw new DomainError('JOB_ALREADY_ENDED', 'The job has already ended', { jobId, state });
  }
  keeper.stop(live, 'cancelled', accountId === caller.accountId ? 'cancelled_by_client' : 'cancelled_by_operator');
  return await live.ended;
}

async function rate(
  caller: Caller,
  { jobId, rating }: { readonly jobId: string; readonly rating: number },
  { books, registry, clock }: JobServiceDeps,
): Promise<string> {
  requireScope(caller, 'submit');
  const { accountId } = caller;
  const job = await books.read.findJob(jobId);
  if (job?.accountId !== accountId) throw new DomainError('JOB_NOT_FOUND', 'Job does not exist', { jobId });
  const { state, nodeId } = job;
  if (state !== 'completed' || nodeId === undefined) {
    throw new DomainError('INVALID_INPUT', 'Only a completed task can be rated', { field: 'task_id' });
  }
  await books.commit({ type: 'rateJob', jobId, accountId, nodeId, rating, at: clock() });
  const score = await books.read.findScore(nodeId);
  if (score) registry.updateScore(score);
  return nodeId;
}

function shuttingDown(): DomainError {
  const message = 'The coordinator is shutting down; try again shortly';
  return new DomainError('SHUTTING_DOWN', message, { retryAfterSeconds: 5 });
}
