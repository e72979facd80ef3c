/** Services whose content is a text. */
import Type from 'typebox';
import { creditsToMicro } from '../money.ts';
import { jsonResult, textResult } from './results.ts';
import { defineService } from './service.ts';

/** Tokens an `llm` task may make when it does not say; AITBC's page prints the same default. */
export const DEFAULT_MAX_TOKENS = 256;
/** Messages of one chat. */
export const MAX_CHAT_MESSAGES = 4096;
/** @see contract/aitbc.md, field limits of `llm_inference` */
const MAX_TOKENS_LIMIT = 4096;
const MAX_PROMPT_CHARACTERS = 10_000;
/** Source: OpenAI's limit of inputs to one request. */
const MAX_EMBEDDED_TEXTS = 2048;

const Text = Type.String({ minLength: 1, description: 'The text.' });

export const echo = defineService({
  id: 'echo',
  name: 'Echo',
  category: 'development_tools',
  description: 'Answers with the content it was given. Proves that a network routes, pays and signs.',
  version: '1.0.0',
  icon: '📣',
  unitType: 'request',
  unitPriceMicro: creditsToMicro(10),
  content: { name: 'text', schema: Text, isJson: false },
  params: Type.Object({
    delay_ms: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 60_000, description: 'Milliseconds to wait before answering.' }),
    ),
  }),
  output: Type.Object({ text: Type.String() }),
  readResult: textResult,
  requirements: [],
  capabilities: ['echo'],
  tags: ['test', 'text'],
  maxConcurrent: 1000,
  timeoutSeconds: 60,
});

/** What form an answer must have. Source: OpenAI's `response_format`. */
const ResponseFormat = Type.Union([
  Type.Object({ type: Type.Literal('json_object') }),
  Type.Object({ type: Type.Literal('json_schema'), schema: Type.Record(Type.String(), Type.Unknown()) }),
]);

export const llm = defineService({
  id: 'llm',
  name: 'Language model',
  category: 'ai_ml',
  description: 'Continues or answers a prompt with a language model. Billed per token, prompt and answer together.',
  version: '1.0.0',
  icon: '🤖',
  unitType: 'token',
  unitPriceMicro: 100n,
  content: {
    name: 'prompt',
    schema: Type.String({ minLength: 1, maxLength: MAX_PROMPT_CHARACTERS, description: 'What is to be continued.' }),
    isJson: false,
  },
  params: Type.Object({
    model: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: "A model that nodes serve; else a node's first one." }),
    ),
    max_tokens: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_TOKENS_LIMIT,
        default: DEFAULT_MAX_TOKENS,
        description: 'Tokens of the answer at most.',
      }),
    ),
    temperature: Type.Optional(
      Type.Number({ minimum: 0, maximum: 2, default: 0.7, description: '0 takes the likeliest token each time.' }),
    ),
    top_p: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'Only the likeliest tokens that add up to this.' }),
    ),
    top_k: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 1000, description: 'Only so many of the likeliest tokens; 0 takes all.' }),
    ),
    seed: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 0xffff_ffff, description: 'The same one gives the same answer.' }),
    ),
    stop: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
        maxItems: 4,
        description: 'Texts that end the answer and are no part of it.',
      }),
    ),
    frequency_penalty: Type.Optional(
      Type.Number({ minimum: -2, maximum: 2, description: 'Against tokens, by how often they were used.' }),
    ),
    presence_penalty: Type.Optional(
      Type.Number({ minimum: -2, maximum: 2, description: 'Against tokens that were used at all.' }),
    ),
    chat: Type.Optional(
      Type.Boolean({
        description: 'The content is a JSON list of {role, content} messages; the engine applies its chat template.',
      }),
    ),
    response_format: Type.Optional(ResponseFormat),
  }),
  aliases: { stop_sequences: 'stop' },
  output: Type.Object({
    text: Type.String(),
    finish_reason: Type.String({
      description: '`stop`, `length` when max_tokens ended it, or `content_filter` when the engine kept back the rest.',
    }),
    tokens_used: Type.Integer({ description: 'Tokens of prompt and answer together.' }),
  }),
  readResult({ result: text, units, facts }) {
    const { finish_reason: reason = 'stop', prompt_tokens, completion_tokens, tokens_used: told } = facts;
    const isCounted = typeof prompt_tokens === 'number' && typeof completion_tokens === 'number';
    const counted = isCounted ? prompt_tokens + completion_tokens : told;
    return { text, finish_reason: reason, tokens_used: typeof counted === 'number' ? counted : units };
  },
  requirements: [{ component: 'memory', minimum: '1', recommended: '8', unit: 'GiB' }],
  capabilities: ['text-generation', 'chat', 'json'],
  tags: ['llm', 'text', 'generation', 'chat', 'gguf'],
  maxConcurrent: 1,
  timeoutSeconds: 60,
});

export const embedding = defineService({
  id: 'embedding',
  name: 'Text embedding',
  category: 'ai_ml',
  description: 'Turns texts into vectors whose angle tells how close their meanings are. Billed per token.',
  version: '1.0.0',
  icon: '🧭',
  unitType: 'token',
  unitPriceMicro: 20n,
  content: {
    name: 'texts',
    schema: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      maxItems: MAX_EMBEDDED_TEXTS,
      description: 'The texts, each of which gets a vector.',
    }),
    isJson: true,
    implies: { batch: true },
  },
  params: Type.Object({
    model: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    batch: Type.Optional(Type.Boolean({ description: 'The content is a JSON list of texts, not one text.' })),
  }),
  output: Type.Object({
    model: Type.String(),
    dimensions: Type.Integer(),
    embeddings: Type.Array(Type.Array(Type.Number()), { description: 'One for each text.' }),
    tokens: Type.Array(Type.Integer(), { description: 'Tokens of each text.' }),
  }),
  readResult: jsonResult,
  requirements: [{ component: 'memory', minimum: '1', recommended: '2', unit: 'GiB' }],
  capabilities: ['text-embedding', 'batch'],
  tags: ['embedding', 'vector', 'search', 'text'],
  maxConcurrent: 4,
  timeoutSeconds: 60,
});

const LANGUAGE = '^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$';

export const translate = defineService({
  id: 'translate',
  name: 'Translation',
  category: 'ai_ml',
  description: 'Translates content from one language to another.',
  version: '1.0.0',
  icon: '🌐',
  unitType: 'request',
  unitPriceMicro: creditsToMicro(10),
  content: { name: 'text', schema: Text, isJson: false },
  params: Type.Object({
    source_language: Type.Optional(Type.String({ pattern: LANGUAGE, description: 'For example `en`.' })),
    target_language: Type.Optional(Type.String({ pattern: LANGUAGE, description: 'For example `es`.' })),
  }),
  output: Type.Object({ text: Type.String() }),
  readResult: textResult,
  requirements: [],
  capabilities: ['translation'],
  tags: ['translation', 'language', 'text'],
  maxConcurrent: 4,
  timeoutSeconds: 60,
});
