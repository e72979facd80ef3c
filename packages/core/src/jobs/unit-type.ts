import { serviceFor, type UnitType, WHOLE_JOB } from '@plexus/protocol';
import type { Job } from './job.ts';

/** What a job is billed by: the units of its service, or as a whole where it was given to an offer. */
export function unitTypeOf({ service, demands }: Pick<Job, 'service' | 'demands'>): UnitType | typeof WHOLE_JOB {
  return demands?.offerId === undefined ? serviceFor(service).unitType : WHOLE_JOB;
}
