import { maximumUnits, serviceFor, WHOLE_JOB } from '@plexus/protocol';
import type { Job } from './job.ts';
import { unitTypeOf } from './unit-type.ts';

/** The most units that a job may be billed for: its worst case, whatever else was held for it. */
export function maxUnitsOf(
  job: Pick<Job, 'service' | 'demands' | 'content' | 'params' | 'hold' | 'unitPrice'>,
): number {
  const { service, content, params, hold, unitPrice } = job;
  if (unitTypeOf(job) === WHOLE_JOB) return 1;
  const most = maximumUnits(serviceFor(service), content, params);
  return unitPrice === 0n ? most : Math.min(most, Number(hold / unitPrice));
}
