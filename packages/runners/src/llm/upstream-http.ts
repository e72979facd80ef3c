/** HTTP to an OpenAI-compatible server that the host's owner named: bounded in time and size. */
import { asRunError, interruption, orInterrupted, reasonOf } from '../interruption.ts';
import { RunError, type RunErrorCode } from '../runner.ts';
import { createSseParser } from './sse.ts';

export interface UpstreamAddress {
  /** Its base, for example `http://127.0.0.1:11434/v1`. */
  readonly url: string;
  readonly apiKey?: string;
}

export interface UpstreamTimeouts {
  /** Until the answer begins; the engine may have to load its model. */
  readonly firstByteMs: number;
  /** Between two pieces of the answer. */
  readonly idleMs: number;
}

export const DEFAULT_TIMEOUTS: UpstreamTimeouts = { firstByteMs: 60_000, idleMs: 30_000 };

const MAX_STREAM_BYTES = 64 * 1024 * 1024;
const MAX_JSON_BYTES = 4 * 1024 * 1024;
/** Characters of an engine's own words that a failure quotes. */
const MAX_QUOTED = 100;

export interface UpstreamCall extends UpstreamTimeouts {
  readonly address: UpstreamAddress;
  readonly path: string;
  /** Makes it a POST. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** Of an answer that is JSON; 4 MiB where it is not given. */
  readonly maxBytes?: number;
  readonly signal: AbortSignal;
}

/** The JSON answer to a call. */
export async function callJson(call: UpstreamCall): Promise<unknown> {
  return inTime(call, async (watch) => {
    const response = await request(call, watch);
    await throwUnlessOk(response, watch);
    return parseJson(await textOf(response, watch, call.maxBytes ?? MAX_JSON_BYTES));
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const quoted = reasonOf(text).slice(0, MAX_QUOTED);
    throw new RunError('ENGINE_FAILED', `The upstream engine answered with something that is no JSON: ${quoted}`, {
      cause,
    });
  }
}

/** The data of each event of the answer, parsed; `undefined` when the server has no such path. */
export async function callEvents(
  call: UpstreamCall,
  onEvent: (event: unknown) => Promise<void>,
): Promise<'done' | 'cut' | undefined> {
  return inTime(call, async (watch) => {
    const response = await request(call, watch);
    if (response.status === 404 || response.status === 405) {
      await response.body?.cancel();
      return undefined;
    }
    await throwUnlessOk(response, watch);
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
      await response.body?.cancel();
      throw new RunError('ENGINE_FAILED', 'The upstream engine does not stream');
    }
    return readEvents(response, watch, onEvent);
  });
}

/** Restarts the clock of a call; without it, no time is measured. */
interface Watch {
  readonly signal: AbortSignal;
  readonly idleMs: number;
  start(ms: number): void;
  stop(): void;
}

async function inTime<T>(call: UpstreamCall, work: (watch: Watch) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const cancel = (): void => controller.abort(interruption(call.signal));
  const late = new RunError('TIMEOUT', 'The upstream engine did not answer in time');
  const stop = (): void => clearTimeout(timer);
  const start = (ms: number): void => {
    stop();
    timer = setTimeout(() => controller.abort(late), ms);
  };
  if (call.signal.aborted) cancel();
  call.signal.addEventListener('abort', cancel, { once: true });
  try {
    start(call.firstByteMs);
    return await work({ signal: controller.signal, idleMs: call.idleMs, start, stop });
  } catch (error) {
    throw asRunError(error, controller.signal);
  } finally {
    stop();
    call.signal.removeEventListener('abort', cancel);
    controller.abort();
  }
}

async function request({ address, path, body }: UpstreamCall, { signal }: Watch): Promise<Response> {
  const url = `${address.url.replace(/\/+$/, '')}${path}`;
  const headers = {
    ...(body ? { 'content-type': 'application/json' } : {}),
    ...(address.apiKey === undefined ? {} : { authorization: `Bearer ${address.apiKey}` }),
  };
  const init = { headers, signal, redirect: 'error' } as const;
  try {
    return await fetch(url, body ? { ...init, method: 'POST', body: JSON.stringify(body) } : init);
  } catch (error) {
    if (signal.aborted) throw error;
    const cause = error instanceof Error && error.cause ? error.cause : error;
    throw new RunError('ENGINE_FAILED', `The upstream engine cannot be reached: ${reasonOf(cause)}`, { cause: error });
  }
}

async function throwUnlessOk(response: Response, watch: Watch): Promise<void> {
  if (response.ok) return;
  const text = await textOf(response, watch, MAX_JSON_BYTES);
  const message = `The upstream engine answered ${response.status}: ${errorMessage(text)}`;
  throw new RunError(CODES[response.status] ?? 'ENGINE_FAILED', message);
}

const CODES: Readonly<Record<number, RunErrorCode>> = {
  400: 'INVALID_INPUT',
  413: 'INVALID_INPUT',
  422: 'INVALID_INPUT',
  429: 'ENGINE_BUSY',
  503: 'ENGINE_BUSY',
};

function errorMessage(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } };
    if (typeof error?.message === 'string') return reasonOf(error.message);
  } catch {
    // Not every server words its errors in JSON.
  }
  return reasonOf(text);
}

async function* piecesOf(response: Response, watch: Watch, maxBytes: number): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  let size = 0;
  for (;;) {
    const { done, value } = await nextOf(reader, watch.signal);
    // Whoever takes the piece may take his time.
    watch.stop();
    if (done) return;
    size += value.length;
    if (size > maxBytes) throw new RunError('ENGINE_FAILED', `The upstream engine sent more than ${maxBytes} bytes`);
    yield value;
    watch.start(watch.idleMs);
  }
}

async function nextOf(reader: ReadableStreamDefaultReader<Uint8Array>, signal: AbortSignal) {
  try {
    return await orInterrupted(reader.read(), signal);
  } catch (cause) {
    if (signal.aborted || cause instanceof RunError) throw cause;
    throw new RunError('ENGINE_FAILED', 'The upstream engine broke off its answer', { cause });
  }
}

async function textOf(response: Response, watch: Watch, maxBytes: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of piecesOf(response, watch, maxBytes)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

async function readEvents(
  response: Response,
  watch: Watch,
  onEvent: (event: unknown) => Promise<void>,
): Promise<'done' | 'cut'> {
  const parser = createSseParser();
  for await (const piece of piecesOf(response, watch, MAX_STREAM_BYTES)) {
    for (const data of parser.push(piece)) {
      if (data === '[DONE]') return 'done';
      await onEvent(parseJson(data));
    }
  }
  return 'cut';
}
