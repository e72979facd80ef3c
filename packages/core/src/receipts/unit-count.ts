import { maximumUnits, secondUnits, serviceFor, type SignedWork, WHOLE_JOB } from '@plexus/protocol';
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
  const { prompt_tokens: prompt = 0, completion_tokens: completion } = metadata;
  const isCounted = typeof prompt === 'number' && typeof completion === 'number';
  if (isCounted && prompt + completion !== units) return `${prompt} and ${completion} tokens are not ${units} units`;
  if (unitType === 'second' && units > passedUnits(job, now)) {
    return `the node counted ${units} seconds, which is longer than it had the job`;
  }
  return units > maxUnitsOf(job) ? 'the node counted more units than were held' : undefined;
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
