import { CHARACTERS_PER_REQUEST_UNIT } from './catalogue.ts';
import type { FieldProblem, ServiceDefinition } from './service.ts';
import { DEFAULT_MAX_TOKENS } from './text-services.ts';

/** What a model's chat template may add to the messages, beyond the bytes of their JSON: system prompts, dates, marks. */
const CHAT_TEMPLATE_TOKENS = 512;
/** Some engines count the token that begins each text. */
const BEGINNING_TOKENS = 1;

/** Parameters that a price may follow from, of the services that declare them. */
const PRICED_PARAMS = ['max_tokens', 'cpu_millis', 'timeout_seconds', 'num_images'] as const;

type Params = Readonly<Record<string, unknown>>;
type PricedParam = (typeof PRICED_PARAMS)[number];

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

/** The most tokens that a text has by itself, without what a chat template adds: each covers at least one byte. */
export function maximumTextTokens(text: string): number {
  return countBytes(text) + BEGINNING_TOKENS;
}

/**
 * The most units that a task can be billed for: what is held before it runs. A request service has an exact figure; a
 * token covers at least one byte of the prompt, so bytes bound the prompt's tokens; seconds end with the time for it.
 */
export function maximumUnits(service: ServiceDefinition, content: string, params: Params): number {
  switch (service.unitType) {
    case 'request':
      return service.isFlat ? 1 : requestUnits(content);
    case 'token': {
      const prompt = params['chat'] === true ? countBytes(content) + CHAT_TEMPLATE_TOKENS : maximumTextTokens(content);
      return prompt + maximumAnswerUnits(service, content, params);
    }
    case 'second':
      return secondUnits(service, params, runSeconds(service, params));
    case 'image':
      return priced(service, params, 'num_images') ?? 1;
  }
}

/**
 * What keeps the units of a task from being counted: every price is of whole units, none of them negative.
 *
 * @param units what `maximumUnits` came to
 */
export function unitsProblem(service: ServiceDefinition, params: Params, units: number): FieldProblem | undefined {
  if (isCount(units)) return undefined;
  const name = PRICED_PARAMS.find((one) => !isCount(priced(service, params, one) ?? 0));
  const field = name === undefined ? 'params' : `params.${name}`;
  return { field, message: `${field} must be a whole number that is not negative, or there is no price` };
}

/** The part of `maximumUnits` that an answer may take; the rest is the prompt's. */
export function maximumAnswerUnits(service: ServiceDefinition, content: string, params: Params): number {
  if (service.unitType !== 'token') return maximumUnits(service, content, params);
  return priced(service, params, 'max_tokens') ?? DEFAULT_MAX_TOKENS;
}

/** Seconds that one node may work on a task. */
export function runSeconds(service: ServiceDefinition, params: Params): number {
  const { timeoutSeconds, compute } = service;
  return priced(service, params, 'timeout_seconds') ?? compute?.timeoutSeconds ?? timeoutSeconds;
}

/** Units of work that took so many seconds: one for each started second of each CPU asked for, at least one. */
export function secondUnits(service: ServiceDefinition, params: Params, seconds: number): number {
  const cpuMillis = priced(service, params, 'cpu_millis') ?? service.compute?.cpuMillis ?? 1000;
  return Math.max(1, Math.ceil((seconds * cpuMillis) / 1000));
}

/** Request units of a content: one per 1,000 started characters, at least one. */
export function requestUnits(content: string): number {
  if (content.length <= CHARACTERS_PER_REQUEST_UNIT) return 1;
  return Math.max(1, Math.ceil(countCharacters(content) / CHARACTERS_PER_REQUEST_UNIT));
}

/** A parameter as far as the service declares it: nobody has checked another's, and no runner goes by it. */
function priced({ params: declared }: ServiceDefinition, params: Params, name: PricedParam): number | undefined {
  const value = Object.hasOwn(declared.properties, name) ? params[name] : undefined;
  return typeof value === 'number' ? value : undefined;
}

function isCount(units: number): boolean {
  return Number.isSafeInteger(units) && units >= 0;
}
