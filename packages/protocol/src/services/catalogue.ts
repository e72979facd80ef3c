import Type from 'typebox';
import { creditsToMicro } from '../money.ts';
import { python } from './python.ts';
import type { ServiceDefinition } from './service.ts';

/** Tokens an `llm` task may make when it does not say; AITBC's page prints the same default. */
export const DEFAULT_MAX_TOKENS = 256;
/** @see contract/aitbc.md, field limits of `llm_inference` */
const MAX_TOKENS_LIMIT = 4096;

/** Characters of content that one request unit covers. Source: contract/gemmanet.md, "Price". */
export const CHARACTERS_PER_REQUEST_UNIT = 1000;

const echo: ServiceDefinition = {
  id: 'echo',
  name: 'Echo',
  category: 'development_tools',
  description: 'Answers with the content it was given. Proves that a network routes, pays and signs.',
  version: '1.0.0',
  unitType: 'request',
  unitPriceMicro: creditsToMicro(10),
  params: Type.Object({
    delay_ms: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 60_000, description: 'Milliseconds to wait before answering.' }),
    ),
  }),
  requirements: [],
  timeoutSeconds: 60,
};

/** What form an answer must have. Source: OpenAI's `response_format`. */
const ResponseFormat = Type.Union([
  Type.Object({ type: Type.Literal('json_object') }),
  Type.Object({ type: Type.Literal('json_schema'), schema: Type.Record(Type.String(), Type.Unknown()) }),
]);

const llm: ServiceDefinition = {
  id: 'llm',
  name: 'Language model',
  category: 'ai_ml',
  description: 'Continues or answers a prompt with a language model. Billed per token, prompt and answer together.',
  version: '1.0.0',
  unitType: 'token',
  unitPriceMicro: 100n,
  params: Type.Object({
    model: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    max_tokens: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_TOKENS_LIMIT })),
    temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 2 })),
    top_p: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 0xffff_ffff })),
    stop: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 4 })),
    frequency_penalty: Type.Optional(Type.Number({ minimum: -2, maximum: 2 })),
    presence_penalty: Type.Optional(Type.Number({ minimum: -2, maximum: 2 })),
    chat: Type.Optional(
      Type.Boolean({
        description: 'The content is a JSON list of {role, content} messages; the engine applies its chat template.',
      }),
    ),
    response_format: Type.Optional(ResponseFormat),
  }),
  requirements: [{ component: 'memory', minimum: '1', recommended: '8', unit: 'GiB' }],
  timeoutSeconds: 60,
};

const embedding: ServiceDefinition = {
  id: 'embedding',
  name: 'Text embedding',
  category: 'ai_ml',
  description: 'Turns texts into vectors whose angle tells how close their meanings are. Billed per token.',
  version: '1.0.0',
  unitType: 'token',
  unitPriceMicro: 10n,
  params: Type.Object({
    model: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    batch: Type.Optional(Type.Boolean({ description: 'The content is a JSON list of texts, not one text.' })),
  }),
  requirements: [{ component: 'memory', minimum: '1', recommended: '2', unit: 'GiB' }],
  timeoutSeconds: 60,
};

const translate: ServiceDefinition = {
  id: 'translate',
  name: 'Translation',
  category: 'ai_ml',
  description: 'Translates content from one language to another.',
  version: '1.0.0',
  unitType: 'request',
  unitPriceMicro: creditsToMicro(10),
  params: Type.Object({
    source_language: Type.Optional(Type.String({ pattern: '^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$' })),
    target_language: Type.Optional(Type.String({ pattern: '^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$' })),
  }),
  requirements: [],
  timeoutSeconds: 60,
};

const CATALOGUE: ReadonlyMap<string, ServiceDefinition> = new Map(
  [echo, llm, embedding, translate, python].map((service) => [service.id, service]),
);

/** Every service that Plexus itself defines. */
export function listServices(): readonly ServiceDefinition[] {
  return [...CATALOGUE.values()];
}

/**
 * The definition of a service. A name that Plexus does not know is a service of the node that
 * advertises it (a GemmaNet node may name any capability) and is priced as echo is.
 */
export function serviceFor(id: string): ServiceDefinition {
  return (
    CATALOGUE.get(id) ?? {
      ...echo,
      id,
      name: id,
      description: `A service that nodes advertise as "${id}".`,
      params: Type.Object({}),
    }
  );
}
