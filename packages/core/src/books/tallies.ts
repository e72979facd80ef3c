/** Counts that are kept in the same commit as what they count, so that they equal what the tables say. */
import type { Job, JobHead, JobState, NewJob } from '../jobs/job.ts';
import type { AnyDraft } from './draft.ts';

const DAY_MS = 86_400_000;

/** Jobs of an account, of one service, in one state. */
export interface JobCount {
  readonly accountId: string;
  readonly service: string;
  readonly state: JobState;
  readonly jobs: number;
}

/** What happened on a UTC day. */
export interface DayCount {
  /** Days since 1970. */
  readonly day: number;
  readonly opened: number;
  readonly completed: number;
  /** Those that ran out of time too. */
  readonly failed: number;
  readonly cancelled: number;
  /** Milliseconds from the acceptance to the end of jobs that completed. */
  readonly completionMs: number;
  /** Micro-credits that were charged. */
  readonly volume: bigint;
}

/** What a job's change says of its place among the counts. */
type JobChange = Pick<Job, 'state'> & Partial<Pick<Job, 'cost' | 'endedAt'>>;

/** Days since 1970 of a moment. */
export function dayOf(at: Date): number {
  return Math.floor(at.getTime() / DAY_MS);
}

/** A day on which nothing happened. */
export function emptyDay(day: number): DayCount {
  return { day, opened: 0, completed: 0, failed: 0, cancelled: 0, completionMs: 0, volume: 0n };
}

/** Counts a job that did not exist before; it may have ended already. */
export function countOpened(draft: AnyDraft, job: NewJob): void {
  countState(draft, job, job.state, 1);
  addToDay(draft, dayOf(job.createdAt), (day) => ({ ...day, opened: day.opened + 1 }));
  countEnd(draft, job, job);
}

/** Counts the change of a job's state, if it is one. */
export function countChange(draft: AnyDraft, before: JobHead, change: JobChange): void {
  if (before.state === change.state) return;
  countState(draft, before, before.state, -1);
  countState(draft, before, change.state, 1);
  countEnd(draft, before, change);
}

function countState(draft: AnyDraft, { accountId, service }: JobHead, state: JobState, change: 1 | -1): void {
  const id = `${accountId}\n${state}\n${service}`;
  const jobs = (draft.jobCounts.get(id)?.jobs ?? 0) + change;
  draft.put(draft.jobCounts, id, { accountId, service, state, jobs });
}

function countEnd(draft: AnyDraft, { createdAt }: JobHead, { state, cost = 0n, endedAt }: JobChange): void {
  if (!endedAt) return;
  const completionMs = Math.max(0, endedAt.getTime() - createdAt.getTime());
  addToDay(draft, dayOf(endedAt), (day) => withEnd({ ...day, volume: day.volume + cost }, state, completionMs));
}

/** The same for a job whose end is known: also used to count anew what the tables hold. */
export function withEnd(day: DayCount, state: JobState, completionMs: number): DayCount {
  switch (state) {
    case 'completed':
      return { ...day, completed: day.completed + 1, completionMs: day.completionMs + completionMs };
    case 'failed':
    case 'timed_out':
      return { ...day, failed: day.failed + 1 };
    case 'cancelled':
      return { ...day, cancelled: day.cancelled + 1 };
    case 'queued':
    case 'running':
      return day;
  }
}

function addToDay(draft: AnyDraft, day: number, add: (count: DayCount) => DayCount): void {
  draft.put(draft.days, day, add(draft.days.get(day) ?? emptyDay(day)));
}
