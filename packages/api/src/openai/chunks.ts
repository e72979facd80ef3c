/** The chunks of a streamed answer as text. What does not change in a stream is made into JSON once. */
import type { openAiEndpoints, Output } from '@plexus/protocol';

type Usage = Output<typeof openAiEndpoints.createChatCompletion>['usage'];

/** What all chunks of a stream have in common. */
export interface ChunkHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly system_fingerprint?: string;
}

/** Writes the chunks of one stream, each an event of its own. */
export interface ChunkWriter {
  /** What comes before the first piece; may be nothing. */
  readonly beginning: string;
  piece(text: string): string;
  end(finishReason: string): string;
  usage(usage: Usage): string;
}

/** The last event of a stream that came to its end. */
export const DONE = 'data: [DONE]\n\n';

/** @param withUsage whether a chunk with the usage will come, and is announced as null until then */
export function chatChunks(head: ChunkHead, withUsage: boolean): ChunkWriter {
  const { start, stop } = frame(head, 'chat.completion.chunk', withUsage);
  const open = `${start}"choices":[{"index":0,"delta":`;
  const going = `,"logprobs":null,"finish_reason":null}]${stop}`;
  return {
    beginning: `${open}{"role":"assistant","content":"","refusal":null}${going}`,
    piece: (text) => `${open}{"content":${oneLine(text)}}${going}`,
    end: (reason) => `${open}{},"logprobs":null,"finish_reason":${JSON.stringify(reason)}}]${stop}`,
    usage: (usage) => usageChunk(start, usage),
  };
}

/** The same for completions. */
export function completionChunks(head: ChunkHead, withUsage: boolean): ChunkWriter {
  const { start, stop } = frame(head, 'text_completion', withUsage);
  const open = `${start}"choices":[{"text":`;
  const going = `,"index":0,"logprobs":null,"finish_reason":`;
  return {
    beginning: '',
    piece: (text) => `${open}${oneLine(text)}${going}null}]${stop}`,
    end: (reason) => `${open}""${going}${JSON.stringify(reason)}}]${stop}`,
    usage: (usage) => usageChunk(start, usage),
  };
}

function frame(
  { id, created, ...rest }: ChunkHead,
  object: string,
  withUsage: boolean,
): { start: string; stop: string } {
  const members = oneLine({ id, object, created, ...rest }).slice(0, -1);
  return { start: `data: ${members},`, stop: `${withUsage ? ',"usage":null' : ''}}\n\n` };
}

function usageChunk(start: string, usage: Usage): string {
  return `${start}"choices":[],"usage":${JSON.stringify(usage)}}\n\n`;
}

/** Ends of lines to clients that split text where Unicode does, though not to JSON. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** JSON in one line; a half of a surrogate pair stays what it is, so that two pieces can make up a pair. */
function oneLine(value: string | object): string {
  return JSON.stringify(value).replace(LINE_ENDS, escape);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
