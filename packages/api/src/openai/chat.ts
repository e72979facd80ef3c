import { DomainError } from '@plexus/core';
import type { Input, openAiEndpoints } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import { chatChunks } from './chunks.ts';
import type { OpenAiDeps } from './deps.ts';
import { answerText } from './generation.ts';
import type { Runs } from './runs.ts';
import { chatParams } from './sampling.ts';
import { toRun } from './to-run.ts';

type Body = Input<typeof openAiEndpoints.createChatCompletion>['body'];
type Message = Body['messages'][number];

const FORM = {
  idPrefix: 'chatcmpl-',
  object: 'chat.completion',
  chunks: chatChunks,
  toChoice: (content: string, finishReason: string) => {
    const message = { role: 'assistant', content, refusal: null } as const;
    return { index: 0, message, logprobs: null, finish_reason: finishReason };
  },
} as const;

/** The endpoint about conversations. */
export function chatHandlers(
  { nodes }: Pick<OpenAiDeps, 'nodes'>,
  runs: Runs,
): Pick<Handlers<typeof openAiEndpoints>, 'createChatCompletion'> {
  return {
    async createChatCompletion({ body }, context) {
      const run = toRun(body, { service: 'llm', content: contentOf(body), ...chatParams(body) }, nodes);
      return await answerText(FORM, { run, body, context }, runs);
    },
  };
}

function contentOf({ messages }: Body): string {
  return JSON.stringify(messages.map(toMessage));
}

/**
 * To the templates of models a developer is who OpenAI called the system before. Only an answer that was received may
 * have no content.
 *
 * @throws {DomainError} INVALID_INPUT
 */
function toMessage({ role, content }: Message, at: number): { role: string; content: string } {
  const field = `messages[${at}].content`;
  if ((content ?? null) === null && role !== 'assistant')
    throw new DomainError('INVALID_INPUT', `Invalid value for '${field}': a message of '${role}' needs it`, { field });
  const text = Array.isArray(content) ? content.map((part) => part.text).join('') : (content ?? '');
  return { role: role === 'developer' ? 'system' : role, content: text };
}
