import { DEFAULT_MAX_TOKENS } from '@plexus/protocol';
import { createParamsCheck, numberParam, resolveModel, textParam } from '../params.ts';
import type { RunRequest } from '../runner.ts';
import type { LanguageRequest, ResponseFormat } from './engine.ts';
import { parseMessages } from './messages.ts';

const DEFAULT_TEMPERATURE = 0.7;
const check = createParamsCheck('llm');

/** @throws {RunError} INVALID_INPUT, MODEL_NOT_FOUND */
export function languageRequest(request: RunRequest, models: readonly string[]): LanguageRequest {
  const params = check(request);
  return {
    prompt: request.content,
    ...(params['chat'] === true && { messages: parseMessages(request.content) }),
    model: resolveModel(textParam(params, 'model'), models),
    maxTokens: numberParam(params, 'max_tokens') ?? DEFAULT_MAX_TOKENS,
    temperature: numberParam(params, 'temperature') ?? DEFAULT_TEMPERATURE,
    topP: numberParam(params, 'top_p') ?? 1,
    ...topKOf(numberParam(params, 'top_k')),
    seed: numberParam(params, 'seed'),
    stop: stopTexts(params['stop']),
    frequencyPenalty: numberParam(params, 'frequency_penalty') ?? 0,
    presencePenalty: numberParam(params, 'presence_penalty') ?? 0,
    ...responseFormat(params['response_format']),
    ...(request.resume && { resume: request.resume }),
  };
}

/** Of none of the likeliest tokens there is nothing to take: 0 means all, as engines have it. */
function topKOf(topK: number | undefined): { readonly topK?: number } {
  return topK ? { topK } : {};
}

function stopTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : [];
}

function responseFormat(value: unknown): { readonly responseFormat?: ResponseFormat } {
  // Its shape was checked with the other parameters.
  return value === undefined ? {} : { responseFormat: value as ResponseFormat };
}
