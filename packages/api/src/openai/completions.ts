import type { Input, openAiEndpoints } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import { completionChunks } from './chunks.ts';
import type { OpenAiDeps } from './deps.ts';
import { answerText } from './generation.ts';
import type { Runs } from './runs.ts';
import { generationParams } from './sampling.ts';
import { toRun } from './to-run.ts';

type Body = Input<typeof openAiEndpoints.createCompletion>['body'];

const FORM = {
  idPrefix: 'cmpl-',
  object: 'text_completion',
  chunks: completionChunks,
  toChoice: (text: string, finishReason: string) => ({ text, index: 0, logprobs: null, finish_reason: finishReason }),
} as const;

/** The endpoint about texts that are continued. */
export function completionHandlers(
  { nodes }: Pick<OpenAiDeps, 'nodes'>,
  runs: Runs,
): Pick<Handlers<typeof openAiEndpoints>, 'createCompletion'> {
  return {
    async createCompletion({ body }, context) {
      const run = toRun(body, { service: 'llm', content: promptOf(body), ...generationParams(body) }, nodes);
      return await answerText(FORM, { run, body, context }, runs);
    },
  };
}

function promptOf({ prompt }: Body): string {
  return Array.isArray(prompt) ? prompt.join('') : prompt;
}
