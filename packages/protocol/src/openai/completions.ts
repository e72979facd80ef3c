/** Completions: a model continues a text. */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { AcceptedJob, CLOSED, REFUSALS, TOKEN_IDS } from './common.ts';
import { COMPLETION_REFUSED, GENERATION, textAnswer } from './generation.ts';

export const completionsEndpoints = endpoints({
  createCompletion: {
    method: 'POST',
    path: '/v1/completions',
    summary: 'Let a model continue a text.',
    auth: 'key',
    idempotent: true,
    stream: true,
    body: Type.Object(
      {
        prompt: Type.Union([
          Type.String(),
          Type.Array(Type.String({ 'x-unsupported': TOKEN_IDS }), { minItems: 1, maxItems: 1 }),
        ]),
        ...GENERATION,
        ...COMPLETION_REFUSED,
      },
      { ...CLOSED, examples: [{ model: 'default', prompt: 'The sea was', max_tokens: 40 }] },
    ),
    status: 200,
    response: textAnswer('text_completion', {
      text: Type.String(),
    }),
    accepted: AcceptedJob,
    errors: REFUSALS,
  },
});
