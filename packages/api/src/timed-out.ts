import { DomainError, type Job } from '@plexus/core';

/** The refusal of a job whose deadline has passed, with the seconds that it had. */
export function timedOut(
  { id: jobId, createdAt, deadlineAt }: Job,
  words = (seconds: number): string => `The task timed out after ${seconds} s`,
): DomainError {
  const seconds = Math.round((deadlineAt.getTime() - createdAt.getTime()) / 1000);
  return new DomainError('TASK_TIMED_OUT', words(seconds), { jobId, seconds });
}
