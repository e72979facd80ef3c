import { isObject, type JobView, parseJson } from '@plexus/protocol';
import { readChunk, type Usage } from './answer-chunk.ts';
import type { CallOptions } from './client.ts';
import { ApiError, ConnectionError, readRefusal } from './errors.ts';
import { DONE, type EventAnswer } from './event-transport.ts';
import { factsOf } from './transport.ts';

/** What is known of a streamed answer by now; all of it once the reading has come to its end. */
export interface StreamInfo {
  readonly jobId: string | undefined;
  /** The node that began; another one may have gone on. */
  readonly nodeId: string | undefined;
  readonly model: string | undefined;
  /** For example `stop` or `length`. */
  readonly finishReason: string | undefined;
  readonly usage: Usage | undefined;
}

/**
 * The text of an answer, piece by piece as it is made. The request goes out when the reading begins, and it can be
 * read once. Leaving it early closes the connection, which cancels the work unless it was asked for with `background`.
 *
 * It throws `ApiError` when the network refuses or the work fails, also in the midst; `ConnectionError` when the
 * answer ends before its end; the signal's reason, after the network was asked to cancel the job.
 */
export interface TextStream extends AsyncIterable<string> {
  readonly info: StreamInfo;
  /**
   * The job behind it, with its cost and its receipt's id; waits up to 30 seconds for its end.
   *
   * @throws {RangeError} before the network has told its id
   */
  job(options?: CallOptions): Promise<JobView>;
}

/** What a stream needs of its client. */
export interface TextStreamDeps {
  open(): Promise<EventAnswer>;
  getJob(jobId: string, options: CallOptions): Promise<JobView>;
  cancelJob(jobId: string): Promise<void>;
  readonly signal: AbortSignal | undefined;
}

type Known = { -readonly [K in keyof StreamInfo]: StreamInfo[K] };

/** Joins a stream of texts from what its client can do. */
export function createTextStream(deps: TextStreamDeps): TextStream {
  const info: Known = {
    jobId: undefined,
    nodeId: undefined,
    model: undefined,
    finishReason: undefined,
    usage: undefined,
  };
  let isBegun = false;
  return {
    info,
    [Symbol.asyncIterator]() {
      if (isBegun) throw new TypeError('A stream can be read once');
      isBegun = true;
      return whole(read(deps, info));
    },
    async job(options = {}) {
      if (info.jobId === undefined) throw new RangeError('The network has not told the id of the job');
      return await deps.getJob(info.jobId, options);
    },
  };
}

async function* read(deps: TextStreamDeps, info: Known): AsyncGenerator<string, void, undefined> {
  deps.signal?.throwIfAborted();
  try {
    const answer = await deps.open();
    const { headers } = answer.head;
    info.jobId = headers.get('x-plexus-job') ?? undefined;
    info.nodeId = headers.get('x-plexus-node') ?? undefined;
    yield* readPieces(answer, info);
  } catch (error) {
    if (deps.signal?.aborted && info.jobId !== undefined) await deps.cancelJob(info.jobId);
    throw error;
  }
}

async function* readPieces(answer: EventAnswer, info: Known): AsyncGenerator<string, void, undefined> {
  for await (const data of answer.events) {
    if (data === DONE) return requireFinished(answer, info);
    const { text, finishReason, usage, model } = chunkOf(data, answer);
    info.model = model ?? info.model;
    info.finishReason = finishReason ?? info.finishReason;
    info.usage = usage ?? info.usage;
    if (text !== '') yield text;
  }
  throw cutOff(answer, 'without its last event');
}

function chunkOf(data: string, { url, head }: EventAnswer) {
  const value = parseJson(data);
  if (isObject(value) && value['error']) {
    throw new ApiError({ ...readRefusal(head.status, value), ...factsOf(head), body: value });
  }
  const chunk = readChunk(value);
  if (!chunk) throw new ConnectionError('BAD_ANSWER', url, `${url} sent an event that is no part of an answer`);
  return chunk;
}

/** An end that does not say why is none. */
function requireFinished(answer: EventAnswer, { finishReason }: StreamInfo): void {
  if (finishReason === undefined) throw cutOff(answer, 'without saying why');
}

function cutOff({ url }: EventAnswer, how: string): ConnectionError {
  return new ConnectionError('CUT_OFF', url, `The answer of ${new URL(url).host} ended ${how}`);
}

/**
 * Keeps back the first half of a surrogate pair.
 *
 * @yields pieces that are text by themselves
 */
async function* whole(pieces: AsyncGenerator<string, void, undefined>): AsyncGenerator<string, void, undefined> {
  let half = '';
  for await (const piece of pieces) {
    const text = half + piece;
    half = /[\uD800-\uDBFF]$/.exec(text)?.[0] ?? '';
    const complete = text.slice(0, text.length - half.length);
    if (complete !== '') yield complete;
  }
  if (half !== '') yield half;
}
