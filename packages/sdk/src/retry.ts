import { ApiError, ConnectionError } from './errors.ts';

/** Source: RFC 9110, section 15: what may be over a moment later. */
const RETRIABLE_STATUS: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);
/** The server did not begin with these, so even a call that must not happen twice may be sent again. */
const UNTOUCHED_STATUS: ReadonlySet<number> = new Set([429, 503]);
const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 8000;
/** Longer advice than this is the caller's to follow. */
const MAX_ADVISED_MS = 60_000;

const DEFAULT_MAX_RETRIES = 2;

/** How often to try again, and how to wait for that. */
export interface RetryOptions {
  readonly maxRetries?: number;
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly random?: () => number;
  readonly signal?: AbortSignal | undefined;
}

/** Sends until it succeeds, may not be sent again, or has been sent often enough. */
export async function withRetries<T>(send: () => Promise<T>, repeatable: boolean, options: RetryOptions): Promise<T> {
  const { maxRetries = DEFAULT_MAX_RETRIES, wait = pause, random = Math.random } = options;
  for (let retries = 0; ; retries++) {
    try {
      return await send();
    } catch (error) {
      if (retries >= maxRetries || !mayRetry(error, repeatable)) throw error;
      await wait(retryDelayMs(error, retries, random), options.signal);
    }
  }
}

/**
 * Whether a failed call may be sent again.
 *
 * @param repeatable true when sending it twice does what sending it once does
 */
function mayRetry(error: unknown, repeatable: boolean): boolean {
  if (error instanceof ApiError) {
    if (isOver(error)) return false;
    if (error.retryAfterMs !== undefined && error.retryAfterMs > MAX_ADVISED_MS) return false;
    return (repeatable ? RETRIABLE_STATUS : UNTOUCHED_STATUS).has(error.status);
  }
  return repeatable && error instanceof ConnectionError && (error.code === 'UNREACHABLE' || error.code === 'TIMEOUT');
}

/** GemmaNet's 504 is about the task, not about the call: asking again brings the same answer. OpenAI's dialect says so. */
function isOver({ status, message, isFinal }: ApiError): boolean {
  return isFinal || (status === 504 && message.startsWith('Task timed out'));
}

/** Milliseconds until the next try: the server's advice, else doubling with half of it random. */
function retryDelayMs(error: unknown, retriesSoFar: number, random: () => number): number {
  if (error instanceof ApiError && error.retryAfterMs !== undefined) return error.retryAfterMs;
  const full = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** retriesSoFar);
  return Math.round(full / 2 + (random() * full) / 2);
}

/** What `Retry-After` says, in milliseconds from now. Source: RFC 9110, section 10.2.3: seconds, or a date. */
export function retryAfterMs(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

/** Waits, unless the signal ends it. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', stop, { once: true });
    function done(): void {
      signal?.removeEventListener('abort', stop);
      resolve();
    }
    function stop(): void {
      clearTimeout(timer);
      reject(signal?.reason);
    }
  });
}
