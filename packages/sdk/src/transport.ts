import { parseJson, rootMessage } from '@plexus/protocol';
import { ApiError, ConnectionError, type ConnectionErrorCode, readRefusal } from './errors.ts';
import type { HttpRequest } from './http-request.ts';
import { retryAfterMs } from './retry.ts';

/** How far to follow one try. */
export interface SendOptions {
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Sends a request once and reads its JSON.
 *
 * @throws {ApiError} for a refusal
 * @throws {ConnectionError} when no usable answer came; the signal's own reason when that ended the wait
 */
export async function sendOnce(request: HttpRequest, options: SendOptions): Promise<unknown> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  try {
    const response = await options.fetch(request.url, toInit(request, signal));
    return await readAnswer(response, request.url, options.maxResponseBytes);
  } catch (error) {
    throw asFailure(error, { url: request.url, options, hasTimedOut: timeout.aborted, otherwise: 'UNREACHABLE' });
  }
}

export function toInit({ method, headers, body }: HttpRequest, signal: AbortSignal): RequestInit {
  // A redirect could carry the key to another host.
  return { method, headers, signal, redirect: 'manual', ...(body !== undefined && { body }) };
}

interface Circumstances {
  readonly url: string;
  readonly options: SendOptions;
  readonly hasTimedOut: boolean;
  /** What an error of the connection itself means. */
  readonly otherwise: Extract<ConnectionErrorCode, 'UNREACHABLE' | 'CUT_OFF'>;
}

/** What to throw for an error of a try; throws the signal's own reason where that ended it. */
export function asFailure(error: unknown, { url, options, hasTimedOut, otherwise }: Circumstances): Error {
  if (error instanceof ApiError || error instanceof ConnectionError) return error;
  options.signal?.throwIfAborted();
  const { host } = new URL(url);
  const cause = { cause: error };
  if (hasTimedOut) {
    return new ConnectionError('TIMEOUT', url, `${host} did not answer within ${options.timeoutMs} ms`, cause);
  }
  const what = otherwise === 'CUT_OFF' ? `The answer of ${host} broke off` : `${host} cannot be reached`;
  return new ConnectionError(otherwise, url, `${what}: ${rootMessage(error)}`, cause);
}

/** The JSON of an answer. */
export async function readAnswer(response: Response, url: string, maxBytes: number): Promise<unknown> {
  const text = await readText(response, url, maxBytes);
  const body = parseJson(text);
  if (response.ok && body !== undefined) return body;
  // No content: RFC 9110, section 15.3.5.
  if (response.status === 204) return undefined;
  if (response.ok) throw new ConnectionError('BAD_ANSWER', url, `${url} answered something else than JSON`);
  throw new ApiError({ ...readRefusal(response.status, body), ...factsOf(response), body: body ?? text });
}

/** What the head of an answer says to whoever was refused. */
export function factsOf({ status, headers }: Pick<Response, 'status' | 'headers'>) {
  return {
    status,
    requestId: headers.get('x-request-id') ?? undefined,
    retryAfterMs: retryAfterMs(headers),
    isFinal: headers.get('x-should-retry') === 'false',
  };
}

async function readText(response: Response, url: string, maxBytes: number): Promise<string> {
  if (!response.body) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new ConnectionError('TOO_LARGE', url, `The answer is longer than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
