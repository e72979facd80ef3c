import type { Job } from '@plexus/core';
import type { Input, openAiEndpoints, Output } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import { completionChunks } from './chunks.ts';
import type { OpenAiDeps } from './deps.ts';
import { createdAt, finishReason, fingerprintOf, modelName, toPlexus, usageOf } from './job-views.ts';
import type { Runs } from './runs.ts';
import { generationParams } from './sampling.ts';
import { headOf, streamPieces } from './stream-pieces.ts';
import { toRun } from './to-run.ts';

type Body = Input<typeof openAiEndpoints.createCompletion>['body'];

const ID_PREFIX = 'cmpl-';

/** The endpoint about texts that are continued. */
export function completionHandlers(
  { nodes }: Pick<OpenAiDeps, 'nodes'>,
  runs: Runs,
): Pick<Handlers<typeof openAiEndpoints>, 'createCompletion'> {
  return {
    async createCompletion({ body }, context) {
      const run = toRun(body, { service: 'llm', content: promptOf(body), ...generationParams(body) }, nodes);
      if (body.stream !== true) return await runs.answer(run, context, (job) => toAnswer(job, body));
      const withUsage = body.stream_options?.include_usage === true;
      return await runs.stream(run, context, async (streamed, sink) => {
        const chunks = completionChunks(headOf(streamed.job, ID_PREFIX, body.model), withUsage);
        await streamPieces({ streamed, chunks, withUsage }, sink);
      });
    },
  };
}

function promptOf({ prompt }: Body): string {
  return Array.isArray(prompt) ? prompt.join('') : prompt;
}

function toAnswer(job: Job, { model }: Body): Output<typeof openAiEndpoints.createCompletion> {
  const { result: text = '' } = job;
  return {
    id: ID_PREFIX + job.id,
    object: 'text_completion',
    created: createdAt(job),
    model: modelName(job, model),
    ...fingerprintOf(job),
    choices: [{ text, index: 0, logprobs: null, finish_reason: finishReason(job) }],
    usage: usageOf(job),
    plexus: toPlexus(job),
  };
}
