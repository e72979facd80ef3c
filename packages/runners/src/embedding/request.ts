import { parseJson } from '@plexus/protocol';
import { createParamsCheck, resolveModel, textParam } from '../params.ts';
import { RunError, type RunRequest } from '../runner.ts';

export interface EmbeddingRequest {
  readonly texts: readonly string[];
  readonly model: string;
}

/** Source: OpenAI's limit of inputs to one request. */
const MAX_TEXTS = 2048;
const check = createParamsCheck('embedding');

/** @throws {RunError} INVALID_INPUT, MODEL_NOT_FOUND */
export function embeddingRequest(request: RunRequest, models: readonly string[]): EmbeddingRequest {
  const params = check(request);
  const model = resolveModel(textParam(params, 'model'), models);
  const texts = params['batch'] === true ? textsOf(request.content) : [request.content];
  const empty = texts.indexOf('');
  if (empty >= 0) throw new RunError('INVALID_INPUT', `Text ${empty} is empty`);
  return { texts, model };
}

function textsOf(content: string): readonly string[] {
  const texts = parseJson(content);
  if (!Array.isArray(texts) || !texts.every((text) => typeof text === 'string')) {
    throw new RunError('INVALID_INPUT', 'The content of a batch must be a JSON list of texts');
  }
  if (texts.length === 0) throw new RunError('INVALID_INPUT', 'The batch has no texts');
  if (texts.length > MAX_TEXTS) throw new RunError('INVALID_INPUT', `A batch has at most ${MAX_TEXTS} texts`);
  return texts;
}
