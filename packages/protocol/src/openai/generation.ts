/** Fields of chat completions and completions alike. */
import Type, { type TProperties } from 'typebox';
import { CLOSED, HARMLESS, Ignored, Maybe, Only, param, Plexus, Refused, ROUTING, Usage } from './common.ts';

const ONE = 'only one answer is made';
const LOGPROBS = 'the probabilities of tokens are not told';

export const GENERATION = {
  ...ROUTING,
  max_tokens: param<number>('llm', 'max_tokens'),
  temperature: param<number>('llm', 'temperature'),
  top_p: Maybe(Type.Number({ minimum: 0, maximum: 1, description: '0 is the same as `temperature` 0.' })),
  seed: param<number>('llm', 'seed'),
  stop: Maybe(
    Type.Union([
      Type.String({ minLength: 1, maxLength: 100 }),
      Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 4 }),
    ]),
  ),
  frequency_penalty: param<number>('llm', 'frequency_penalty'),
  presence_penalty: param<number>('llm', 'presence_penalty'),
  stream: Maybe(Type.Boolean({ description: 'True answers as server-sent events.' })),
  stream_options: Maybe(Type.Object({ include_usage: Maybe(Type.Boolean()), include_obfuscation: Ignored }, CLOSED)),
  n: Only(Type.Literal(1), ONE),
  logit_bias: Only(Type.Object({}, { maxProperties: 0 }), 'tokens cannot be favoured'),
  ...HARMLESS,
};

/**
 * An answer with one text.
 *
 * @param text the members of a choice that hold it
 */
export const textAnswer = <O extends string, T extends TProperties>(object: O, text: T) =>
  Type.Object({
    id: Type.String(),
    object: Type.Literal(object),
    created: Type.Integer({ description: 'Unix time in seconds.' }),
    model: Type.String(),
    system_fingerprint: Type.Optional(Type.String({ description: 'The SHA-256 of the weights, if known.' })),
    choices: Type.Array(
      Type.Object({ ...text, index: Type.Integer(), logprobs: Type.Null(), finish_reason: Type.String() }),
    ),
    usage: Usage,
    plexus: Plexus,
  });

/** Fields of chat completions only that cannot be honoured. */
export const CHAT_REFUSED = {
  logprobs: Only(Type.Literal(false), LOGPROBS),
  top_logprobs: Only(Type.Literal(0), LOGPROBS),
  tools: Only(Type.Array(Type.Unknown(), { maxItems: 0 }), 'tools are not called'),
  functions: Only(Type.Array(Type.Unknown(), { maxItems: 0 }), 'functions are not called'),
  tool_choice: Only(Type.Enum(['none', 'auto']), 'tools are not called'),
  function_call: Only(Type.Enum(['none', 'auto']), 'functions are not called'),
  modalities: Only(
    Type.Array(Type.Literal('text'), { maxItems: 1, minItems: 1 }),
    'answers are text, and nothing else',
  ),
  audio: Refused('answers are text, and nothing else'),
  prediction: Refused('answers cannot be predicted'),
  reasoning_effort: Only(Type.Literal('none'), 'models do not reason before they answer'),
  verbosity: Only(Type.Literal('medium'), 'the length of an answer is bounded by max_completion_tokens only'),
  web_search_options: Refused('nothing is searched'),
};

/** Fields of completions only that cannot be honoured. */
export const COMPLETION_REFUSED = {
  best_of: Only(Type.Literal(1), ONE),
  logprobs: Refused(LOGPROBS),
  echo: Only(Type.Literal(false), 'the prompt is not repeated'),
  suffix: Only(Type.Literal(''), 'models only continue a text'),
};
