/** Chat completions. */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { MAX_CHAT_MESSAGES } from '../services/text-services.ts';
import { AcceptedJob, CLOSED, Ignored, Maybe, Only, param, REFUSALS, Refused } from './common.ts';
import { CHAT_REFUSED, GENERATION, textAnswer } from './generation.ts';

const TextPart = Type.Object(
  {
    type: Type.Literal('text', { 'x-unsupported': 'a message has parts of type "text" only' }),
    text: Type.String(),
    prompt_cache_breakpoint: Ignored,
  },
  CLOSED,
);

/** A message as one may send it: also one that was received before, with its empty fields. */
const ChatMessage = Type.Object(
  {
    role: Type.Enum(['system', 'developer', 'user', 'assistant']),
    content: Maybe(Type.Union([Type.String(), Type.Array(TextPart, { minItems: 1 })])),
    name: Refused('participants have no names'),
    refusal: Refused('there are no refusals to repeat'),
    audio: Refused('messages are text'),
    annotations: Only(Type.Array(Type.Unknown(), { maxItems: 0 }), 'there are no annotations'),
    tool_calls: Only(Type.Array(Type.Unknown(), { maxItems: 0 }), 'tools are not called'),
    function_call: Refused('functions are not called'),
    tool_call_id: Refused('tools are not called'),
  },
  CLOSED,
);

const JsonSchemaFormat = Type.Object(
  {
    type: Type.Literal('json_schema'),
    json_schema: Type.Object(
      {
        name: Maybe(Type.String()),
        description: Maybe(Type.String()),
        schema: Type.Record(Type.String(), Type.Unknown()),
        strict: Ignored,
      },
      CLOSED,
    ),
  },
  CLOSED,
);

const ResponseFormat = Type.Union([
  Type.Object({ type: Type.Literal('text') }, CLOSED),
  Type.Object({ type: Type.Literal('json_object') }, CLOSED),
  JsonSchemaFormat,
]);

export const chatEndpoints = endpoints({
  createChatCompletion: {
    method: 'POST',
    path: '/v1/chat/completions',
    summary: 'Let a model answer a conversation.',
    auth: 'key',
    idempotent: true,
    stream: true,
    body: Type.Object(
      {
        messages: Type.Array(ChatMessage, { minItems: 1, maxItems: MAX_CHAT_MESSAGES }),
        max_completion_tokens: param<number>('llm', 'max_tokens'),
        response_format: Maybe(ResponseFormat),
        ...GENERATION,
        ...CHAT_REFUSED,
      },
      {
        ...CLOSED,
        examples: [
          { model: 'default', messages: [{ role: 'user', content: 'Tell me of the whale.' }], max_tokens: 40 },
        ],
      },
    ),
    status: 200,
    response: textAnswer('chat.completion', {
      message: Type.Object({ role: Type.Literal('assistant'), content: Type.String(), refusal: Type.Null() }),
    }),
    accepted: AcceptedJob,
    errors: REFUSALS,
  },
});
