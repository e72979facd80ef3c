/** Inference as seed 003 has it. */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { Neuro } from './common.ts';

const Usage = Type.Object({
  prompt_tokens: Type.Integer(),
  completion_tokens: Type.Integer(),
  total_tokens: Type.Integer(),
});

export const inferenceEndpoints = endpoints({
  generateText: {
    method: 'POST',
    path: '/api/v1/inference',
    summary: 'Submit an inference request.',
    description:
      'With `stream` the answer is server-sent events, one a token; the last one has the token "[DONE]", finish_reason, usage, cost and timing. A fault in their midst is an event with an error.',
    auth: 'key',
    idempotent: true,
    stream: true,
    body: Type.Object(
      {
        prompt: Type.String({ minLength: 1, maxLength: 10_000, description: 'Input text.' }),
        max_tokens: Type.Optional(Type.Integer({ minimum: 1, maximum: 4096, default: 100 })),
        temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 2, default: 1 })),
        top_p: Type.Optional(Type.Number({ minimum: 0, maximum: 1, default: 1 })),
        top_k: Type.Optional(
          Type.Integer({ minimum: 0, maximum: 1000, default: 50, description: '0 takes all tokens.' }),
        ),
        stream: Type.Optional(Type.Boolean({ default: false })),
        stop: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 4, default: [] })),
      },
      { examples: [{ prompt: 'The sea was', max_tokens: 40 }] },
    ),
    status: 200,
    response: Type.Object({
      id: Type.String(),
      text: Type.String(),
      tokens_generated: Type.Integer(),
      finish_reason: Type.String({ description: '`stop`, `length`, `content_filter` or `cancelled`.' }),
      usage: Usage,
      cost: Type.Object({ amount: Neuro, currency: Type.Literal('NEURO') }),
      timing: Type.Object({ queue_ms: Type.Integer(), inference_ms: Type.Integer(), total_ms: Type.Integer() }),
    }),
    errors: { 402: 'Not enough NEURO for this operation', 503: 'No node can do it now' },
  },
});
