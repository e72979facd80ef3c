import {
  maximumAnswerUnits,
  maximumUnits,
  secondUnits,
  serviceFor,
  type SignedWork,
  WHOLE_JOB,
} from '@plexus/protocol';
import type { Job } from '../jobs/job.ts';
import { maxUnitsOf } from '../jobs/job-limits.ts';
import { unitTypeOf } from '../jobs/unit-type.ts';

/** What is wrong with the units that a node claims: requests are counted again, seconds by our clock, the rest is bounded. */
export function miscounted(
  job: Job,
  { units, metadata }: Pick<SignedWork, 'units' | 'metadata'>,
  now: Date,
): string | undefined {
  const unitType = unitTypeOf(job);
  if (unitType === WHOLE_JOB) return units === 1 ? undefined : `the node counted ${units} of one job`;
  if (unitType === 'request') {
    return units === requestUnitsOf(job) ? undefined : `the node counted ${units} request units`;
  }
  const wrongTokens = miscountedTokens(job, { units, metadata });
  if (wrongTokens !== undefined) return wrongTokens;
  if (unitType === 'second' && units > passedUnits(job, now)) {
    return `the node counted ${units} seconds, which is longer than it had the job`;
  }
  return units > maxUnitsOf(job) ? 'the node counted more units than were held' : undefined;
}

/** An answer has no more tokens than were asked for, whether it was streamed or not. */
function miscountedTokens(
  { service, content, params }: Job,
  { units, metadata }: Pick<SignedWork, 'units' | 'metadata'>,
): string | undefined {
  const { prompt_tokens: prompt = 0, completion_tokens: completion } = metadata;
  if (typeof prompt !== 'number' || typeof completion !== 'number') return undefined;
  if (prompt + completion !== units) return `${prompt} and ${completion} tokens are not ${units} units`;
  const most = maximumAnswerUnits(serviceFor(service), content, params);
  return completion > most ? `${completion} tokens were made where ${most} were asked for` : undefined;
}

function requestUnitsOf({ service, content, params }: Job): number {
  return maximumUnits(serviceFor(service), content, params);
}

/** The units of a job whose node counts nothing: what the coordinator itself saw. */
export function countUnits(job: Job, now: Date): number {
  const most = maxUnitsOf(job);
  return unitTypeOf(job) === 'second' ? Math.min(most, passedUnits(job, now)) : most;
}

/** What the newest turn took until now, by the coordinator's clock. */
function passedUnits({ service, params, attempts, createdAt }: Job, now: Date): number {
  const since = attempts.at(-1)?.startedAt ?? createdAt;
  return secondUnits(serviceFor(service), params, (now.getTime() - since.getTime()) / 1000);
}
