import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Writer } from '../command-queue.ts';
import type { Group, GroupResult } from '../group-commit.ts';
import { messageOf, StorageError } from '../storage-error.ts';
import { afterAwake } from './awake-timer.ts';
import { packCommand } from './packed.ts';
import { type FromWriter, fromWireError, fromWireResult, type ToWriter } from './wire.ts';

/** A migration of a large database takes its time: of millions of jobs, minutes. */
const START_TIMEOUT_MS = 600_000;
/** A disk that needs longer than this for one batch is as good as gone. */
const WRITE_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 10_000;

/** Questions to the worker, one at a time, each with a deadline. */
interface Link {
  /**
   * @throws {StorageError} writer_died
   */
  ask(timeoutMs: number, message?: ToWriter): Promise<FromWriter>;
  /** Ends the worker; from here on its end is no death. */
  close(): Promise<void>;
}

/**
 * Writes in a thread of its own, so that the event loop never waits for a disk.
 *
 * @param onError told when the writer dies; what waits for it is rejected by then
 * @throws {StorageError} unavailable, newer_schema, writer_died
 */
export async function createThreadWriter(path: string, onError: (error: StorageError) => void): Promise<Writer> {
  // Flags of the main thread, such as module conditions, are not meant for this one.
  const link = linkTo(new Worker(workerUrl(), { workerData: { path }, execArgv: [] }), onError);
  const first = await link.ask(START_TIMEOUT_MS);
  if (first.type === 'refused') {
    await link.close();
    throw fromWireError(first.error);
  }

  async function write(groups: readonly Group[]): Promise<readonly GroupResult[]> {
    try {
      const answer = await link.ask(WRITE_TIMEOUT_MS, {
        type: 'write',
        groups: groups.map((group) => group.map(packCommand)),
      });
      return answer.type === 'written' ? answer.results.map(fromWireResult) : [];
    } catch (error) {
      if (error instanceof StorageError) throw error;
      // What cannot be sent to a thread harms only its own group.
      if (groups.length === 1) return [{ ok: false, error }];
      const results: GroupResult[] = [];
      for (const group of groups) results.push(...(await write([group])));
      return results;
    }
  }

  return { write, close: () => link.close() };
}

function linkTo(worker: Worker, onError: (error: StorageError) => void): Link {
  let pending: { resolve(message: FromWriter): void; reject(error: unknown): void } | undefined;
  let dead: StorageError | undefined;
  let closing = false;

  function die(reason: string, cause?: unknown): void {
    if (dead) return;
    dead = new StorageError('writer_died', `The writer of the books has died: ${reason}`, { cause });
    pending?.reject(dead);
    if (!closing) onError(dead);
    void worker.terminate();
  }
  worker.on('message', (message: FromWriter) => pending?.resolve(message));
  worker.on('error', (error) => die(messageOf(error), error));
  worker.on('exit', (code) => die(`exit code ${code}`));

  return {
    async ask(timeoutMs, message) {
      if (dead) throw dead;
      if (message) worker.postMessage(message);
      const callOff = afterAwake(timeoutMs, () => die(`no answer within ${timeoutMs} ms`));
      const answer = new Promise<FromWriter>((resolve, reject) => (pending = { resolve, reject }));
      return answer.finally(callOff);
    },
    async close() {
      closing = true;
      if (dead) return;
      const exited = once(worker, 'exit');
      worker.postMessage({ type: 'close' } satisfies ToWriter);
      const timer = setTimeout(() => void worker.terminate(), CLOSE_TIMEOUT_MS);
      await exited.finally(() => clearTimeout(timer));
    },
  };
}

/** A thread cannot run TypeScript before Node 22.18: out of the sources, the built worker is used. */
function workerUrl(): URL {
  const built = import.meta.url.endsWith('.js');
  return new URL(built ? './worker.js' : '../../dist/sqlite/worker.js', import.meta.url);
}
