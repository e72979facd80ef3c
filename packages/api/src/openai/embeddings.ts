import type { Job } from '@plexus/core';
import type { Input, openAiEndpoints, Output } from '@plexus/protocol';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import type { Handlers } from '../dialect.ts';
import type { OpenAiDeps } from './deps.ts';
import { modelName, toPlexus } from './job-views.ts';
import type { Runs } from './runs.ts';
import { toRun } from './to-run.ts';

type Body = Input<typeof openAiEndpoints.createEmbedding>['body'];

/** What the result of an `embedding` job is, as JSON. Source: the service's runner. */
const Vectors = Compile(Type.Object({ embeddings: Type.Array(Type.Array(Type.Number(), { minItems: 1 })) }));

/** The endpoint about vectors of texts. */
export function embeddingHandlers(
  { nodes }: Pick<OpenAiDeps, 'nodes'>,
  runs: Runs,
): Pick<Handlers<typeof openAiEndpoints>, 'createEmbedding'> {
  return {
    async createEmbedding({ body }, context) {
      const run = toRun(body, { service: 'embedding', ...workOf(body), wants: wantsOf(body) }, nodes);
      return await runs.answer(run, context, (job) => toAnswer(job, body));
    },
  };
}

function workOf({ input }: Body): { content: string; params: Record<string, unknown> } {
  if (typeof input === 'string') return { content: input, params: {} };
  return { content: JSON.stringify(input), params: { batch: true } };
}

/** Nodes say of their models how long the vectors are, for example `dimensions:384`. */
function wantsOf({ dimensions }: Body): Record<string, string> {
  return typeof dimensions === 'number' ? { [`dimensions:${dimensions}`]: 'dimensions' } : {};
}

function toAnswer(job: Job, body: Body): Output<typeof openAiEndpoints.createEmbedding> {
  const isText = body.encoding_format === 'base64';
  const { units = 0 } = job;
  return {
    object: 'list',
    data: vectorsOf(job, body).map((vector, index) => {
      return { object: 'embedding', index, embedding: isText ? toBase64(vector) : vector };
    }),
    model: modelName(job, body.model),
    usage: { prompt_tokens: units, total_tokens: units },
    plexus: toPlexus(job),
  };
}

/** One vector for each text, all of one length: the one that was asked for. */
function vectorsOf({ result = '' }: Job, { input, dimensions }: Body): readonly (readonly number[])[] {
  const parsed: unknown = JSON.parse(result);
  if (!Vectors.Check(parsed)) throw new Error('The result holds no embeddings');
  const { embeddings } = parsed;
  const count = typeof input === 'string' ? 1 : input.length;
  if (embeddings.length !== count) throw new Error(`${embeddings.length} embeddings came for ${count} texts`);
  const length = dimensions ?? embeddings[0]?.length;
  const other = embeddings.find((vector) => vector.length !== length);
  if (other) throw new Error(`An embedding has ${other.length} numbers where ${length} were due`);
  return embeddings;
}

/** Little-endian float32, whatever the machine. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * Float32Array.BYTES_PER_ELEMENT);
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * Float32Array.BYTES_PER_ELEMENT));
  return bytes.toString('base64');
}
