import { setMaxListeners } from 'node:events';
import { type Piece, RunError, type RunContext, type RunResult } from './runner.ts';

/** The error for work that its signal ended: a deadline's signal carries a TimeoutError. */
export function interruption(signal: AbortSignal, partial?: RunResult): RunError {
  const { reason } = signal as { reason: unknown };
  if (reason instanceof RunError) return reason;
  const timedOut = reason instanceof Error && reason.name === 'TimeoutError';
  const options = partial ? { cause: reason, partial } : { cause: reason };
  return timedOut
    ? new RunError('TIMEOUT', 'The time for the task ran out', options)
    : new RunError('CANCELLED', 'The task was cancelled', options);
}

/** Why work ends that its runner's close ends: another node may do it. */
export function closedError(): RunError {
  return new RunError('ENGINE_FAILED', 'The runner is closed');
}

export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Must be called when the work is over: the sources may live for long. */
  unlink(): void;
}

/** A signal that aborts when any of the sources does, and leaves nothing behind on them. */
export function linkSignals(sources: readonly AbortSignal[]): LinkedSignal {
  // As many pieces of work as run at once may follow one source.
  setMaxListeners(0, ...sources);
  const controller = new AbortController();
  const follow = (): void => controller.abort(sources.find((source) => source.aborted)?.reason);
  if (sources.some((source) => source.aborted)) follow();
  else for (const source of sources) source.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    unlink() {
      for (const source of sources) source.removeEventListener('abort', follow);
    },
  };
}

export function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw interruption(signal);
}

/** Waits for a promise, or for the signal, whichever is first. */
export async function orInterrupted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // Nobody looks at the promise once the signal has won.
  promise.catch(() => undefined);
  throwIfInterrupted(signal);
  let stop: () => void = () => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => reject(interruption(signal));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Hands a piece of output on and waits until it was taken; one that says nothing is no piece. */
export async function deliver(context: RunContext, piece: Piece): Promise<void> {
  if (piece.text === '' && piece.tokens === 0 && piece.promptTokens === undefined) return;
  const taken = context.chunk(piece);
  if (taken) await orInterrupted(taken, context.signal);
}

/** Any failure as a RunError: its own kind untouched, all else a failure of the engine. */
export function asRunError(error: unknown, signal: AbortSignal): RunError {
  if (error instanceof RunError) return error;
  if (signal.aborted) return interruption(signal);
  return new RunError('ENGINE_FAILED', reasonOf(error), { cause: error });
}

/** One line of at most 300 characters that says what went wrong. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').trim().slice(0, 300) || 'unknown error';
}
