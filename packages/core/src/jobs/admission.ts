import { formatCredits, maximumUnits, serviceFor } from '@plexus/protocol';
import { DomainError } from '../errors.ts';
import type { Job } from './job.ts';
import type { SubmitJob } from './job-service.ts';

export interface AdmissionDeps {
  readonly clock: () => Date;
  readonly newId: () => string;
  /** The first thing that is wrong with a service's parameters, or nothing. */
  readonly checkParams: (service: string, params: unknown) => { field: string; message: string } | undefined;
}

/**
 * Turns a request into a job that is priced but not yet paid for.
 *
 * @throws {DomainError} INVALID_INPUT, COST_EXCEEDS_MAXIMUM
 */
export function priceJob(request: SubmitJob, { clock, newId, checkParams }: AdmissionDeps): Job {
  const { caller, service: serviceId, content, params, maxCost, idempotency } = request;
  const service = serviceFor(serviceId);
  const wrong = checkParams(serviceId, params);
  if (wrong) throw new DomainError('INVALID_INPUT', wrong.message, { field: wrong.field });
  const hold = BigInt(maximumUnits(service, content, params)) * service.unitPriceMicro;
  if (maxCost !== undefined && hold > maxCost) throw tooDear(hold, maxCost);
  const createdAt = clock();
  return {
    id: newId(),
    accountId: caller.accountId,
    keyId: caller.keyId,
    service: serviceId,
    content,
    params,
    state: 'queued',
    hold,
    unitPrice: service.unitPriceMicro,
    cost: 0n,
    epoch: 0,
    attempts: [],
    decisions: [],
    createdAt,
    deadlineAt: new Date(createdAt.getTime() + service.timeoutSeconds * 1000),
    ...(idempotency && { idempotencyKey: idempotency.key, requestHash: idempotency.requestHash }),
  };
}

function tooDear(required: bigint, maximum: bigint): DomainError {
  const figures = { required: formatCredits(required), maximum: formatCredits(maximum) };
  const message = `Cost exceeds max_cost: up to ${figures.required} credits needed, ${figures.maximum} allowed`;
  return new DomainError('COST_EXCEEDS_MAXIMUM', message, figures);
}
