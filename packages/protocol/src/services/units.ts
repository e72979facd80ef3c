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
    case 'second':
      return secondUnits(service, params, computeOf(service, params).timeoutSeconds);
  }
}

/** The part of `maximumUnits` that an answer may take; the rest is the prompt's. */
export function maximumAnswerUnits(
  service: ServiceDefinition,
  content: string,
  params: Readonly<Record<string, unknown>>,
): number {
  if (service.unitType !== 'token') return maximumUnits(service, content, params);
  const maxTokens = params['max_tokens'];
  return typeof maxTokens === 'number' ? maxTokens : DEFAULT_MAX_TOKENS;
}

/** Request units of a content: one per 1,000 started characters, at least one. */
export function requestUnits(content: string): number {
  if (content.length <= CHARACTERS_PER_REQUEST_UNIT) return 1;
  return Math.max(1, Math.ceil(countCharacters(content) / CHARACTERS_PER_REQUEST_UNIT));
}

/** The CPUs and the time that work counted in seconds may take. */
function computeOf({ compute }: ServiceDefinition, params: Readonly<Record<string, unknown>>) {
  const { cpu_millis: cpuMillis, timeout_seconds: timeoutSeconds } = params;
  return {
    cpuMillis: typeof cpuMillis === 'number' ? cpuMillis : (compute?.cpuMillis ?? 1000),
    timeoutSeconds: typeof timeoutSeconds === 'number' ? timeoutSeconds : (compute?.timeoutSeconds ?? 0),
  };
}

/** Units of work that took so many seconds: one for each started second of each CPU asked for, at least one. */
export function secondUnits(
  service: ServiceDefinition,
  params: Readonly<Record<string, unknown>>,
  seconds: number,
): number {
  const { cpuMillis } = computeOf(service, params);
  return Math.max(1, Math.ceil((seconds * cpuMillis) / 1000));
}
