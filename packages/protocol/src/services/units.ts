import { CHARACTERS_PER_REQUEST_UNIT, DEFAULT_MAX_TOKENS } from './catalogue.ts';
import type { ServiceDefinition } from './service.ts';

/** What a model's chat template may add to the messages, beyond the bytes of their JSON: system prompts, dates, marks. */
const CHAT_TEMPLATE_TOKENS = 512;

/** Unicode code points in a text, counted without building a copy of it. */
export function countCharacters(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const isPair = (text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
    if (isPair) count--;
  }
  return count;
}

/** UTF-8 bytes of a text; a lone surrogate counts as the three bytes of its replacement. */
function countBytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/**
 * The most units that a task can be billed for: what is held before it runs. A request service has an
 * exact figure; a token covers at least one byte of the prompt, so bytes bound the prompt's tokens.
 */
export function maximumUnits(
  service: ServiceDefinition,
  content: string,
  params: Readonly<Record<string, unknown>>,
): number {
  switch (service.unitType) {
    case 'request':
      return requestUnits(content);
    case 'token': {
      const template = params['chat'] === true ? CHAT_TEMPLATE_TOKENS : 0;
      return countBytes(content) + template + maximumAnswerUnits(service, content, params);
    }
  }
}

/** The part of `maximumUnits` that an answer may take; the rest is the prompt's. */
export function maximumAnswerUnits(
  service: ServiceDefinition,
  content: string,
  params: Readonly<Record<string, unknown>>,
): number {
  if (service.unitType === 'request') return requestUnits(content);
  const maxTokens = params['max_tokens'];
  return typeof maxTokens === 'number' ? maxTokens : DEFAULT_MAX_TOKENS;
}

/** Request units of a content: one per 1,000 started characters, at least one. */
export function requestUnits(content: string): number {
  if (content.length <= CHARACTERS_PER_REQUEST_UNIT) return 1;
  return Math.max(1, Math.ceil(countCharacters(content) / CHARACTERS_PER_REQUEST_UNIT));
}
