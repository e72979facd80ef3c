/** How a job looks to AITBC's clients. */
import { DomainError, type Job, type JobState, type Outlook } from '@plexus/core';
import { type aitbcEndpoints, formatCredits, type Output, serviceFor } from '@plexus/protocol';
import { jobTypeOf } from './service-names.ts';

type Endpoints = typeof aitbcEndpoints;
type Status = Output<Endpoints['getJob']>['status'];
type Results = Output<Endpoints['getJobResults']>;

/** What a job's states are called. A job that ran out of time has failed. */
const STATUS: Readonly<Record<JobState, Status>> = {
  queued: 'submitted',
  running: 'running',
  completed: 'completed',
  failed: 'failed',
  timed_out: 'failed',
  cancelled: 'cancelled',
};

export function statusOf({ state }: Pick<Job, 'state'>): Status {
  return STATUS[state];
}

/** A state as it is called here; what is no state of a job, such as an offer's, is as it is. */
export function stateWord(state: unknown): unknown {
  return typeof state === 'string' && Object.hasOwn(STATUS, state) ? STATUS[state as JobState] : state;
}

/** The states that go by one name. */
export function statesOf(status: Status): readonly JobState[] {
  return (Object.keys(STATUS) as JobState[]).filter((state) => STATUS[state] === status);
}

/** A job that was taken in is submitted, whether a miner has it already or not, also where it was by an earlier call. */
export function toCreated(job: Job, { endsAt }: Outlook): Output<Endpoints['createJob']> {
  return {
    job_id: job.id,
    status: 'submitted',
    created_at: job.createdAt.toISOString(),
    estimated_completion: endsAt?.toISOString() ?? null,
  };
}

export function toDetails(job: Job, outlook: Outlook): Output<Endpoints['getJob']> {
  return {
    ...toCreated(job, outlook),
    status: statusOf(job),
    progress: job.state === 'completed' ? 100 : (job.progressPercent ?? 0),
    started_at: job.startedAt?.toISOString() ?? null,
    completed_at: job.endedAt?.toISOString() ?? null,
    miner_id: job.nodeId ?? null,
    name: job.name ?? null,
    type: jobTypeOf(job.service),
    cost: formatCredits(job.cost),
    reason: reasonOf(job, outlook),
  };
}

export function toSummary(job: Job): Output<Endpoints['listJobs']>['jobs'][number] {
  return {
    job_id: job.id,
    status: statusOf(job),
    type: jobTypeOf(job.service),
    name: job.name ?? null,
    created_at: job.createdAt.toISOString(),
  };
}

export function toCancelled(job: Job): Output<Endpoints['cancelJob']> {
  return { job_id: job.id, status: statusOf(job), cancelled_at: (job.endedAt ?? job.createdAt).toISOString() };
}

/**
 * @param origin of this server, for the addresses of files
 * @throws {DomainError} JOB_NOT_ENDED, JOB_WITHOUT_RESULT, RESULT_REMOVED
 */
export function toResults(job: Job, origin: string): Results {
  const { id, state, service, result = '', units = 0, facts = {}, endedAt } = job;
  if (!endedAt) {
    throw new DomainError('JOB_NOT_ENDED', `The job is not done: ${statusOf(job)}`, { jobId: id, state });
  }
  if (state !== 'completed') throw withoutResult(job);
  if (job.textsRemoved) throw resultRemoved(id);
  const definition = serviceFor(service);
  const results = withAddresses(definition.readResult({ result, units, facts }), definition.fileMembers ?? [], origin);
  return { job_id: id, status: statusOf(job), results, completed_at: endedAt.toISOString() };
}

/** The same with whole addresses of files in the place of paths: a node does not know by which name clients find this server. */
function withAddresses(results: Readonly<Record<string, unknown>>, members: readonly string[], origin: string) {
  const whole = (path: unknown): unknown => {
    if (typeof path === 'object' && path !== null && 'url' in path) return { ...path, url: whole(path.url) };
    return typeof path === 'string' && path.startsWith('/') && URL.canParse(path, origin)
      ? new URL(path, origin).href
      : path;
  };
  const named = members
    .filter((name) => name in results)
    .map((name) => {
      const value = results[name];
      return [name, Array.isArray(value) ? value.map(whole) : whole(value)];
    });
  return { ...results, ...Object.fromEntries(named) };
}

function resultRemoved(jobId: string): DomainError {
  return new DomainError('RESULT_REMOVED', 'The job ended long ago, and its results were removed', { jobId });
}

function withoutResult({ id, state, reason = 'internal_error', error = reason }: Job): DomainError {
  return new DomainError('JOB_WITHOUT_RESULT', `The job has no results: ${error}`, { jobId: id, state, reason, error });
}

function reasonOf({ state, error, reason }: Job, { unfit }: Outlook): string | null {
  if (unfit.length > 0) return unfit.join('; ');
  if (state === 'queued') return 'every miner that could take it is busy, or has not asked for it yet';
  return state === 'completed' ? null : (error ?? reason ?? null);
}
