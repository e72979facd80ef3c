import { isObject, type openAiEndpoints, type Output } from '@plexus/protocol';
import { textOf } from './errors.ts';

/** Tokens of a prompt and of its answer, as the engine counted them. */
export type Usage = Output<typeof openAiEndpoints.createChatCompletion>['usage'];

/** What one event of a streamed answer says. */
export interface AnswerChunk {
  readonly text: string;
  readonly finishReason: string | undefined;
  readonly usage: Usage | undefined;
  readonly model: string | undefined;
}

/** Reads a chunk of a chat completion or of a completion; undefined when it is neither. */
export function readChunk(value: unknown): AnswerChunk | undefined {
  if (!isObject(value) || !Array.isArray(value['choices'])) return undefined;
  const [first] = value['choices'] as readonly unknown[];
  const choice = isObject(first) ? first : {};
  const delta = isObject(choice['delta']) ? choice['delta'] : {};
  return {
    text: textOf(delta['content']) ?? textOf(choice['text']) ?? '',
    finishReason: textOf(choice['finish_reason']),
    usage: usageOf(value['usage']),
    model: textOf(value['model']),
  };
}

function usageOf(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined;
  const { prompt_tokens, completion_tokens, total_tokens } = value;
  const isWhole = [prompt_tokens, completion_tokens, total_tokens].every((count) => Number.isInteger(count));
  // Each of them is a whole number by now.
  return isWhole ? ({ prompt_tokens, completion_tokens, total_tokens } as Usage) : undefined;
}
