import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { StorageError } from '../storage-error.ts';
import type { FromForgetter, ToForgetter } from './forget-worker.ts';

/** A batch that takes longer found a disk that is as good as gone. */
const FORGET_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 10_000;

/** Removes old texts in a thread of its own, which is started when it is first needed. */
export interface Forgetter {
  /**
   * Removes those of some jobs that ended before.
   *
   * @returns of how many
   * @throws {StorageError} write_failed
   */
  forget(endedBefore: Date): Promise<number>;
  close(): Promise<void>;
}

export function createForgetter(path: string): Forgetter {
  let worker: Worker | undefined;

  function start(): Worker {
    const started = new Worker(workerUrl(), { workerData: { path }, execArgv: [] });
    // Who asks is told of it; between two questions nothing is lost, and the next one starts another thread.
    started.on('error', () => undefined);
    started.once('exit', () => {
      if (worker === started) worker = undefined;
    });
    return started;
  }

  async function ask(message: ToForgetter): Promise<number> {
    worker ??= start();
    const signal = AbortSignal.timeout(FORGET_TIMEOUT_MS);
    worker.postMessage(message);
    // `once` rejects when the thread fails.
    const [answer] = (await once(worker, 'message', { signal })) as [FromForgetter];
    if ('error' in answer) throw new Error(answer.error);
    return answer.count;
  }

  return {
    async forget(endedBefore) {
      try {
        return await ask({ endedBefore: endedBefore.getTime() });
      } catch (cause) {
        await worker?.terminate();
        worker = undefined;
        throw new StorageError('write_failed', 'Old texts could not be removed', { cause });
      }
    },
    async close() {
      if (!worker) return;
      const ending = worker;
      const exited = once(ending, 'exit');
      ending.postMessage('close' satisfies ToForgetter);
      const timer = setTimeout(() => void ending.terminate(), CLOSE_TIMEOUT_MS);
      await exited.finally(() => clearTimeout(timer));
    },
  };
}

/** A thread cannot run TypeScript before Node 22.18: out of the sources, the built worker is used. */
function workerUrl(): URL {
  const built = import.meta.url.endsWith('.js');
  return new URL(built ? './forget-worker.js' : '../../dist/sqlite/forget-worker.js', import.meta.url);
}
