import { DomainError } from '../errors.ts';
import type { ModelBook } from '../scheduling/model-book.ts';
import type { ReadyIndex } from '../scheduling/ready-index.ts';
import type { SubmitJob } from './job-service.ts';

/** Models that a refusal names. */
const NAMED_MODELS = 20;

/**
 * The request with the first of its models that a connected node serves and can do with what is asked.
 *
 * @throws {DomainError} MODEL_NOT_FOUND when nodes serve none of them and are not about to, and the job is not to wait
 */
export function chooseModel(request: SubmitJob, index: Pick<ReadyIndex, 'models' | 'settingUp'>): SubmitJob {
  const { service, params, models, features = [] } = request;
  const { models: served } = index;
  const asked = params['model'];
  const wanted = models ?? (typeof asked === 'string' ? [asked] : []);
  if (wanted.length === 0) return request;
  // One that is served but cannot do what is asked is left to the scheduler, which says what it lacks.
  const able = wanted.find((name) => served.can(service, name, features));
  const model = able ?? wanted.find((name) => served.has(service, name)) ?? soonServed(service, wanted, index);
  if (model === undefined && request.waitsForNode) return request;
  if (model === undefined) throw notFound(service, wanted, served);
  return model === asked ? request : { ...request, params: { ...params, model } };
}

/** One that a node may be about to serve, or served until a short while ago, is left to the scheduler, too. */
function soonServed(
  service: string,
  wanted: readonly string[],
  index: Pick<ReadyIndex, 'models' | 'settingUp'>,
): string | undefined {
  if (index.settingUp(service).length > 0) return wanted[0];
  return wanted.find((name) => index.models.isLost(service, name));
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
