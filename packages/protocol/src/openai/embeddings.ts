/** Embeddings: vectors of texts. */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { AcceptedJob, CLOSED, HARMLESS, Maybe, Plexus, REFUSALS, ROUTING, TOKEN_IDS } from './common.ts';

export const embeddingsEndpoints = endpoints({
  createEmbedding: {
    method: 'POST',
    path: '/v1/embeddings',
    summary: 'Turn texts into vectors.',
    auth: 'key',
    idempotent: true,
    body: Type.Object(
      {
        input: Type.Union([
          Type.String({ minLength: 1 }),
          Type.Array(Type.String({ minLength: 1, 'x-unsupported': TOKEN_IDS }), { minItems: 1, maxItems: 2048 }),
        ]),
        encoding_format: Maybe(Type.Enum(['float', 'base64'])),
        dimensions: Maybe(
          Type.Integer({ minimum: 1, description: "Only the model's own number: vectors are not shortened." }),
        ),
        ...ROUTING,
        ...HARMLESS,
      },
      { ...CLOSED, examples: [{ model: 'embedding', input: ['sea', 'ocean'] }] },
    ),
    status: 200,
    response: Type.Object({
      object: Type.Literal('list'),
      data: Type.Array(
        Type.Object({
          object: Type.Literal('embedding'),
          index: Type.Integer(),
          // A union would be checked against each of its members before it is printed.
          embedding: Type.Unsafe<readonly number[] | string>({
            description: 'Numbers, or with `base64` the same as little-endian float32.',
          }),
        }),
      ),
      model: Type.String(),
      usage: Type.Object({ prompt_tokens: Type.Integer(), total_tokens: Type.Integer() }),
      plexus: Plexus,
    }),
    accepted: AcceptedJob,
    errors: REFUSALS,
  },
});
