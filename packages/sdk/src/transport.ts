import { ApiError, ConnectionError, readRefusal } from './errors.ts';
import { retryAfterMs } from './retry.ts';

/** One request as it goes out. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

interface SendOptions {
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
    const { url, method, headers, body } = request;
    // A redirect could carry the key to another host.
    const init: RequestInit = { method, headers, signal, redirect: 'manual', ...(body !== undefined && { body }) };
    const response = await options.fetch(url, init);
    const text = await readText(response, url, options.maxResponseBytes);
    return readAnswer(response, url, text);
  } catch (error) {
    if (error instanceof ApiError || error instanceof ConnectionError) throw error;
    options.signal?.throwIfAborted();
    throw connectionError(error, request.url, timeout.aborted ? options.timeoutMs : undefined);
  }
}

function connectionError(error: unknown, url: string, timedOutMs: number | undefined): ConnectionError {
  const host = new URL(url).host;
  if (timedOutMs !== undefined) {
    return new ConnectionError('TIMEOUT', url, `${host} did not answer within ${timedOutMs} ms`, { cause: error });
  }
  return new ConnectionError('UNREACHABLE', url, `${host} cannot be reached: ${rootMessage(error)}`, { cause: error });
}

/** `fetch failed` says nothing; what it was caused by does. */
function rootMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return rootMessage(error.cause);
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
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

function readAnswer(response: Response, url: string, text: string): unknown {
  const body = parseJson(text);
  if (response.ok && body !== undefined) return body;
  if (response.ok) throw new ConnectionError('BAD_ANSWER', url, `${url} answered something else than JSON`);
  throw new ApiError({
    ...readRefusal(response.status, body),
    status: response.status,
    body: body ?? text,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfterMs: retryAfterMs(response.headers),
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
