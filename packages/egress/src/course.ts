import { EgressError } from './egress-error.ts';

export interface CourseOptions {
  readonly timeoutMs: number;
  readonly idleMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The time that one request has, and what ended it before its end. Whoever makes one calls `finish`. */
export class Course {
  readonly #options: CourseOptions;
  readonly #deadline: NodeJS.Timeout;
  readonly #idle: NodeJS.Timeout | undefined;
  readonly #leave = (): void => this.#stop(new EgressError('aborted', 'It was given up'));
  #stopped: EgressError | undefined;
  #controller: AbortController | undefined;
  #onStop: (why: EgressError) => void = () => undefined;

  constructor(options: CourseOptions) {
    const { timeoutMs, idleMs, signal } = options;
    this.#options = options;
    this.#deadline = setTimeout(() => this.#stop(late('It took too long')), timeoutMs).unref();
    this.#idle = idleMs < timeoutMs ? setTimeout(() => this.#stop(stillFor(idleMs)), idleMs).unref() : undefined;
    signal?.addEventListener('abort', this.#leave, { once: true });
    if (signal?.aborted) this.#leave();
  }

  /** Ends when the time is up or the caller gives up. Made for those who ask: most requests need none. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#stopped) this.#controller.abort(this.#stopped);
    return this.#controller.signal;
  }

  /** Something moved. */
  moved(): void {
    if (this.#stopped === undefined) this.#idle?.refresh();
  }

  /** @param stop called once when the time is up or the caller gives up; it takes the place of an earlier one */
  onStop(stop: (why: EgressError) => void): void {
    this.#onStop = stop;
    if (this.#stopped) stop(this.#stopped);
  }

  /** Nothing is waited for any more. */
  finish(): void {
    clearTimeout(this.#deadline);
    clearTimeout(this.#idle);
    this.#options.signal?.removeEventListener('abort', this.#leave);
  }

  /** What an error comes to, whichever part of the request it came out of. */
  explain(error: unknown): EgressError {
    if (error instanceof EgressError) return error;
    if (this.#stopped) return this.#stopped;
    if (isUnpacking(error)) return new EgressError('bad_encoding', 'The answer cannot be unpacked', { cause: error });
    const code = error instanceof Error && 'code' in error ? `: ${String(error.code)}` : '';
    return new EgressError('connection_failed', `The connection failed${code}`, { cause: error });
  }

  #stop(why: EgressError): void {
    if (this.#stopped) return;
    this.#stopped = why;
    this.finish();
    this.#controller?.abort(why);
    this.#onStop(why);
  }
}

function late(message: string): EgressError {
  return new EgressError('timed_out', message);
}

function stillFor(idleMs: number): EgressError {
  return late(`Nothing came for ${idleMs} ms`);
}

/** Errors of zlib have a number as those of the system have, but no system call. */
function isUnpacking(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && !('syscall' in error);
}
