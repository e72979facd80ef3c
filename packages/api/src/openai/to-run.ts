import type { OpenAiDeps } from './deps.ts';
import { ableNames } from './model-names.ts';
import { placeOf } from './routing.ts';
import type { Run } from './runs.ts';
import type { Asked } from './sampling.ts';

/** What every request for a job says of model, place and turn. */
type Placed = Parameters<typeof placeOf>[0] &
  Parameters<typeof ableNames>[0] & { readonly background?: boolean | null };

/** The official clients wait so long. Source: openai-node, DEFAULT_TIMEOUT. */
const TIMEOUT_SECONDS = 600;

interface Work extends Asked {
  readonly service: string;
  readonly content: string;
}

/**
 * The job that a request asks for.
 *
 * @throws {DomainError} MODEL_NOT_FOUND
 * @throws {Refusal} when no model can do what a parameter asks for
 */
export function toRun(body: Placed, { service, content, params, wants }: Work, nodes: OpenAiDeps['nodes']): Run {
  const known = nodes.listModels().filter((model) => model.service === service);
  const isLost = (model: string) => nodes.isLostModel(service, model);
  const models = ableNames(body, wants, { service, known, isLost });
  const [model] = models;
  const features = Object.keys(wants);
  const job = {
    service,
    content,
    params: model === undefined || models.length > 1 ? params : { model, ...params },
    ...(features.length > 0 && { features }),
    ...(models.length > 1 && { models }),
    ...placeOf(body),
    timeoutSeconds: TIMEOUT_SECONDS,
  };
  return { job, asked: body.model, isBackground: body.background === true };
}
