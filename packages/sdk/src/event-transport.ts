import { createParser } from 'eventsource-parser';
import { ConnectionError } from './errors.ts';
import type { HttpRequest } from './http-request.ts';
import { asFailure, readAnswer, type SendOptions, toInit } from './transport.ts';

/** Source: OpenAI, "Streaming": the last event of an answer that came to its end. */
export const DONE = '[DONE]';
/** What may follow the last event before the body ends. */
const MAX_TAIL = { ms: 1000, bytes: 65_536 };

/** An answer whose server-sent events are read as they come. */
export interface EventAnswer {
  readonly head: Pick<Response, 'status' | 'headers'>;
  readonly url: string;
  /** The data of each event. Leaving it before its last one closes the connection. */
  readonly events: AsyncGenerator<string, void, undefined>;
}

interface OpenOptions extends SendOptions {
  /** Longest wait for the answer to begin; `timeoutMs` is for the silence before each piece, not for the whole. */
  readonly beginMs: number;
}

/**
 * Sends a request once; returns when the answer has begun.
 *
 * @throws {ApiError} for a refusal
 * @throws {ConnectionError} when no usable answer came; the signal's own reason when that ended the wait
 */
export async function openEvents(request: HttpRequest, options: OpenOptions): Promise<EventAnswer> {
  const { url } = request;
  const { timeoutMs, beginMs } = options;
  const silence = createSilence();
  const signal = options.signal ? AbortSignal.any([options.signal, silence.signal]) : silence.signal;
  try {
    const response = await silence.during(options.fetch(url, toInit(request, signal)), beginMs);
    if (!isEventStream(response)) throw await silence.during(otherAnswer(response, url, options), timeoutMs);
    return { head: response, url, events: readEvents(response, { url, options, silence }) };
  } catch (error) {
    const circumstances = { url, options: { ...options, timeoutMs: beginMs }, otherwise: 'UNREACHABLE' } as const;
    throw asFailure(error, { ...circumstances, hasTimedOut: silence.signal.aborted });
  }
}

function isEventStream({ ok, headers }: Response): boolean {
  return ok && headers.get('content-type')?.startsWith('text/event-stream') === true;
}

/** A refusal is thrown while it is read. */
async function otherAnswer(response: Response, url: string, { maxResponseBytes }: SendOptions): Promise<Error> {
  await readAnswer(response, url, maxResponseBytes);
  return new ConnectionError('BAD_ANSWER', url, `${url} did not answer with a stream of events`);
}

interface Reading {
  readonly url: string;
  readonly options: SendOptions;
  readonly silence: Silence;
}

async function* readEvents(response: Response, reading: Reading): AsyncGenerator<string, void, undefined> {
  if (!response.body) return;
  const reader = response.body.getReader();
  const parser = createEventParser(reading);
  let isWhole = false;
  try {
    for (;;) {
      const { done, value } = await reading.silence.during(reader.read(), reading.options.timeoutMs);
      if (done) return;
      for (const data of parser.push(value)) {
        isWhole = data === DONE;
        yield data;
      }
    }
  } catch (error) {
    const { url, options, silence } = reading;
    throw asFailure(error, { url, options, hasTimedOut: silence.signal.aborted, otherwise: 'CUT_OFF' });
  } finally {
    if (isWhole) await readTail(reader, reading);
    // It may have ended or failed by itself.
    await reader.cancel().catch(() => undefined);
  }
}

/** The connection can be used again only once the body has ended. */
async function readTail(reader: ReadableStreamDefaultReader<Uint8Array>, reading: Reading): Promise<void> {
  const read = async (): Promise<void> => {
    for (let bytes = 0; bytes < MAX_TAIL.bytes;) {
      const { done, value } = await reader.read();
      if (done) return;
      bytes += value.byteLength;
    }
  };
  const ms = Math.min(MAX_TAIL.ms, reading.options.timeoutMs);
  // The answer is whole, whatever becomes of its connection.
  await reading.silence.during(read(), ms).catch(() => undefined);
}

/** Events of bytes that may be cut anywhere, also within a character. */
function createEventParser({ url, options: { maxResponseBytes } }: Reading) {
  const decoder = new TextDecoder();
  const events: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => void events.push(data) });
  let size = 0;
  return {
    push(bytes: Uint8Array): string[] {
      size += bytes.byteLength;
      if (size > maxResponseBytes) {
        throw new ConnectionError('TOO_LARGE', url, `The answer is longer than ${maxResponseBytes} bytes`);
      }
      parser.feed(decoder.decode(bytes, { stream: true }));
      return events.splice(0);
    },
  };
}

interface Silence {
  /** Aborts when something took too long. */
  readonly signal: AbortSignal;
  /** Counts only while somebody waits: a slow reader is not a silent server. */
  during<T>(waited: Promise<T>, timeoutMs: number): Promise<T>;
}

function createSilence(): Silence {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    during(waited, timeoutMs) {
      const timer = setTimeout(() => controller.abort(new Error('Nothing came in time')), timeoutMs);
      return waited.finally(() => clearTimeout(timer));
    },
  };
}
