import { maximumUnits, serviceFor } from '@plexus/protocol';
import type { Job } from './job.ts';

/** The most units that a job may be billed for: its worst case, whatever else was held for it. */
export function maxUnitsOf({
  service,
  content,
  params,
  hold,
  unitPrice,
}: Pick<Job, 'service' | 'content' | 'params' | 'hold' | 'unitPrice'>): number {
  const most = maximumUnits(serviceFor(service), content, params);
  return unitPrice === 0n ? most : Math.min(most, Number(hold / unitPrice));
}
