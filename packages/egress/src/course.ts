import { EgressError } from './egress-error.ts';

export interface CourseOptions {
  readonly timeoutMs: number;
  readonly idleMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The time that one request has, and what ended it. */
export class Course {
  /** Ends when the time is up, when nothing moves, or when the caller gives up. */
  readonly signal: AbortSignal;
  readonly idleMs: number;
  private readonly deadline: AbortSignal;
  private readonly idle = new AbortController();

  constructor({ timeoutMs, idleMs, signal }: CourseOptions) {
    this.deadline = AbortSignal.timeout(timeoutMs);
    this.idleMs = idleMs;
    this.signal = AbortSignal.any([this.deadline, this.idle.signal, ...(signal ? [signal] : [])]);
  }

  /** Nothing moved for `idleMs`. */
  stopIdle(): void {
    this.idle.abort();
  }

  /** What an error comes to, whichever part of the request it came out of. */
  explain(error: unknown): EgressError {
    if (error instanceof EgressError) return error;
    if (this.idle.signal.aborted) return late(`Nothing came for ${this.idleMs} ms`, error);
    if (this.deadline.aborted) return late('It took too long', error);
    if (this.signal.aborted) return new EgressError('aborted', 'It was given up', { cause: error });
    if (isUnpacking(error)) return new EgressError('bad_encoding', 'The answer cannot be unpacked', { cause: error });
    const code = error instanceof Error && 'code' in error ? `: ${String(error.code)}` : '';
    return new EgressError('connection_failed', `The connection failed${code}`, { cause: error });
  }
}

function late(message: string, cause: unknown): EgressError {
  return new EgressError('timed_out', message, { cause });
}

/** Errors of zlib have a number as those of the system have, but no system call. */
function isUnpacking(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && !('syscall' in error);
}
