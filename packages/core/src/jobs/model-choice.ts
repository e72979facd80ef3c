import { DomainError } from '../errors.ts';
import type { ModelBook } from '../scheduling/model-book.ts';
import type { SubmitJob } from './job-service.ts';

/** Models that a refusal names. */
const NAMED_MODELS = 20;

/**
 * The request with the first of its models that a connected node serves and can do with what is asked.
 *
 * @throws {DomainError} when nodes serve none of them, and the job is not to wait for one that does: NO_NODE_AVAILABLE where
 *   one did a short while ago, else MODEL_NOT_FOUND
 */
export function chooseModel(request: SubmitJob, served: ModelBook): SubmitJob {
  const { service, params, models, features = [] } = request;
  const asked = params['model'];
  const wanted = models ?? (typeof asked === 'string' ? [asked] : []);
  if (wanted.length === 0) return request;
  // One that is served but cannot do what is asked is left to the scheduler, which says what it lacks.
  const able = wanted.find((name) => served.can(service, name, features));
  const model = able ?? wanted.find((name) => served.has(service, name));
  if (model === undefined) {
    if (request.waitsForNode) return request;
    throw refusal(service, wanted, served);
  }
  return model === asked ? request : { ...request, params: { ...params, model } };
}

function refusal(service: string, wanted: readonly string[], served: ModelBook): DomainError {
  const lost = wanted.find((name) => served.isLost(service, name));
  if (lost === undefined) return notFound(service, wanted, served);
  const why = `the last node that served the model "${lost}" has left, or its engine does not answer`;
  return new DomainError('NO_NODE_AVAILABLE', `No node available for this task: ${why}`, { service, unfit: [why] });
}

function notFound(service: string, wanted: readonly string[], served: ModelBook): DomainError {
  const own = served.list().filter((model) => model.service === service);
  const available = own.slice(0, NAMED_MODELS).map(({ id }) => id);
  const there = available.length > 0 ? `there are ${available.join(', ')}` : 'no connected node serves any';
  const names = wanted.map((name) => `"${name}"`).join(' or ');
  return new DomainError('MODEL_NOT_FOUND', `No connected node serves the model ${names}; ${there}`, {
    model: wanted[0] ?? '',
    available,
  });
}
