import { createParamsCheck, textParam } from '../params.ts';
import { RunError, type RunRequest } from '../runner.ts';
import { type Language, parseLanguage } from './languages.ts';

export interface TranslationRequest {
  readonly content: string;
  readonly source: Language | undefined;
  readonly target: Language;
}

const check = createParamsCheck('translate');

/** @throws {RunError} INVALID_INPUT */
export function translationRequest(request: RunRequest): TranslationRequest {
  const params = check(request);
  const source = textParam(params, 'source_language');
  const target = textParam(params, 'target_language');
  if (target === undefined) throw new RunError('INVALID_INPUT', 'target_language is required');
  return {
    content: request.content,
    source: source === undefined ? undefined : parseLanguage(source),
    target: parseLanguage(target),
  };
}
