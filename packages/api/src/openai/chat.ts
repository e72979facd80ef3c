import type { Job } from '@plexus/core';
import type { Input, openAiEndpoints, Output } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import { chatChunks } from './chunks.ts';
import type { OpenAiDeps } from './deps.ts';
import { createdAt, finishReason, fingerprintOf, modelName, toPlexus, usageOf } from './job-views.ts';
import type { Runs } from './runs.ts';
import { chatParams } from './sampling.ts';
import { headOf, streamPieces } from './stream-pieces.ts';
import { toRun } from './to-run.ts';

type Body = Input<typeof openAiEndpoints.createChatCompletion>['body'];
type Message = Body['messages'][number];

const ID_PREFIX = 'chatcmpl-';

/** The endpoint about conversations. */
export function chatHandlers(
  { nodes }: Pick<OpenAiDeps, 'nodes'>,
  runs: Runs,
): Pick<Handlers<typeof openAiEndpoints>, 'createChatCompletion'> {
  return {
    async createChatCompletion({ body }, context) {
      const run = toRun(body, { service: 'llm', content: contentOf(body), ...chatParams(body) }, nodes);
      if (body.stream !== true) return await runs.answer(run, context, (job) => toAnswer(job, body));
      const withUsage = body.stream_options?.include_usage === true;
      return await runs.stream(run, context, async (streamed, sink) => {
        const chunks = chatChunks(headOf(streamed.job, ID_PREFIX, body.model), withUsage);
        await streamPieces({ streamed, chunks, withUsage }, sink);
      });
    },
  };
}

function contentOf({ messages }: Body): string {
  return JSON.stringify(messages.map(toMessage));
}

/** To the templates of models a developer is who OpenAI called the system before. */
function toMessage({ role, content }: Message): { role: string; content: string } {
  const text = Array.isArray(content) ? content.map((part) => part.text).join('') : (content ?? '');
  return { role: role === 'developer' ? 'system' : role, content: text };
}

function toAnswer(job: Job, { model }: Body): Output<typeof openAiEndpoints.createChatCompletion> {
  const { result: content = '' } = job;
  const message = { role: 'assistant', content, refusal: null } as const;
  return {
    id: ID_PREFIX + job.id,
    object: 'chat.completion',
    created: createdAt(job),
    model: modelName(job, model),
    ...fingerprintOf(job),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(job) }],
    usage: usageOf(job),
    plexus: toPlexus(job),
  };
}
