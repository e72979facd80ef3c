import type { EndJob, LeaseJob } from '../books/commands.ts';
import { hasEnded, type JobHead, type JobState, type NewJob } from '../jobs/job.ts';
import type { FeedEvent, JobUpdate } from './feed-event.ts';

/** Whose event it is. */
interface JobOfEvent extends Pick<JobHead, 'id' | 'accountId'> {
  readonly nodeId?: string | undefined;
}

/**
 * What a job that is written for the first time has gone through until then: its hold may have ridden in memory, even
 * until its end.
 */
export function eventsOfNewJob(job: NewJob, hasReceipt: boolean): readonly FeedEvent[] {
  const { state, createdAt, startedAt, endedAt = createdAt } = job;
  const events: FeedEvent[] = [updateOf(job, 'queued', createdAt)];
  if (startedAt && state !== 'queued') events.push(updateOf(job, 'running', startedAt));
  if (hasEnded(state)) events.push(...eventsOfEnd(job, { state, endedAt }, hasReceipt));
  return events;
}

/** Another node has the job, or none until one has room. */
export function eventsOfLease({ id, accountId }: JobHead, lease: LeaseJob['lease']): readonly FeedEvent[] {
  const newest = lease.attempts.at(-1);
  if (!newest) return [];
  const { nodeId, startedAt, endedAt = startedAt } = newest;
  const { state } = lease;
  return [updateOf({ id, accountId, nodeId }, state, state === 'running' ? startedAt : endedAt)];
}

export function eventsOfEnd(
  job: JobOfEvent,
  { state, endedAt }: Pick<EndJob['end'], 'state' | 'endedAt'>,
  hasReceipt: boolean,
): readonly FeedEvent[] {
  const update = updateOf(job, state, endedAt);
  if (!hasReceipt) return [update];
  return [update, { type: 'receipt_created', accountId: job.accountId, jobId: job.id, at: endedAt }];
}

/** A job that waits is nobody's. */
function updateOf({ id: jobId, accountId, nodeId }: JobOfEvent, state: JobState, at: Date): JobUpdate {
  if (state === 'queued' || nodeId === undefined) return { type: 'job_update', accountId, jobId, state, at };
  return { type: 'job_update', accountId, jobId, state, nodeId, at };
}
