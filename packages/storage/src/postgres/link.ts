import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../storage-error.ts';
import type { Session } from './session.ts';

/** Waits between tries to connect again: doubling, half of each chance. */
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2_000;
/** A server that is being restarted is back within this time; whoever asks is let wait for it. */
const PATIENCE_MS = 15_000;

export interface LinkDeps<S extends Session> {
  /** @param before the connection that was lost. */
  readonly open: (before?: S) => Promise<S>;
  /** Told when the connection is lost, and why. */
  readonly onDown?: (error: Error) => void;
  readonly onUp?: () => void;
  /** Told when no other try would mend it. */
  readonly onFailed?: (error: StorageError) => void;
}

/** A connection that is made anew whenever it is lost. */
export class Link<S extends Session> {
  private current: S | undefined;
  private previous: S | undefined;
  private failed: StorageError | undefined;
  private lastError: unknown;
  private lostAtMs = 0;
  private reconnecting: Promise<void> = Promise.resolve();
  private readonly ending = new AbortController();
  private readonly deps: LinkDeps<S>;

  private constructor(deps: LinkDeps<S>) {
    this.deps = deps;
  }

  /** @throws {StorageError} when the first connection cannot be made */
  static async open<S extends Session>(deps: LinkDeps<S>): Promise<Link<S>> {
    const link = new Link(deps);
    link.take(await deps.open());
    return link;
  }

  /**
   * The connection that stands; waits for the next one, but for no longer than a restart takes.
   *
   * @param patienceMs counted from the loss
   * @throws {StorageError} unavailable, closed; in_use, went_back and newer_schema for good
   */
  async get(patienceMs = PATIENCE_MS): Promise<S> {
    const { signal } = this.ending;
    const leftMs = () => this.lostAtMs + patienceMs - performance.now();
    while (!this.current && !this.failed && !signal.aborted && leftMs() > 0) {
      await orAfter(this.reconnecting, leftMs(), signal);
    }
    if (signal.aborted) throw new StorageError('closed', 'The books are closed');
    if (this.current) return this.current;
    throw this.failed ?? new StorageError('unavailable', 'The database cannot be reached', { cause: this.lastError });
  }

  async close(): Promise<void> {
    this.ending.abort();
    await this.reconnecting;
    await this.current?.close();
  }

  private take(session: S): void {
    this.current = session;
    session.onLost((error) => {
      this.current = undefined;
      this.previous = session;
      this.lostAtMs = performance.now();
      this.lastError = error;
      this.deps.onDown?.(error);
      this.reconnecting = this.reconnect();
    });
  }

  private async reconnect(): Promise<void> {
    const { signal } = this.ending;
    for (let waitMs = FIRST_WAIT_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      try {
        this.take(await this.deps.open(this.previous));
        return this.deps.onUp?.();
      } catch (error) {
        this.lastError = error;
        if (isFinal(error)) {
          this.failed = error;
          return this.deps.onFailed?.(error);
        }
        await sleep(waitMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      }
    }
  }
}

/** What no further try would mend. */
export function isFinal(error: unknown): error is StorageError {
  return error instanceof StorageError && ['in_use', 'went_back', 'newer_schema'].includes(error.code);
}

async function orAfter(promise: Promise<void>, milliseconds: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const timer = sleep(milliseconds, undefined, { signal: AbortSignal.any([signal, over.signal]) });
  await Promise.race([promise, timer.catch(() => undefined)]).finally(() => over.abort());
}
