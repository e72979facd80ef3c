/** Completions: a model continues a text. */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { AcceptedJob, CLOSED, Plexus, REFUSALS, Usage } from './common.ts';
import { COMPLETION_REFUSED, GENERATION } from './generation.ts';

const TOKEN_IDS = 'token ids are not taken; send the text itself';

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
      CLOSED,
    ),
    status: 200,
    response: Type.Object({
      id: Type.String(),
      object: Type.Literal('text_completion'),
      created: Type.Integer({ description: 'Unix time in seconds.' }),
      model: Type.String(),
      system_fingerprint: Type.Optional(Type.String({ description: 'The SHA-256 of the weights, if known.' })),
      choices: Type.Array(
        Type.Object({
          text: Type.String(),
          index: Type.Integer(),
          logprobs: Type.Null(),
          finish_reason: Type.String(),
        }),
      ),
      usage: Usage,
      plexus: Plexus,
    }),
    accepted: AcceptedJob,
    errors: REFUSALS,
  },
});
