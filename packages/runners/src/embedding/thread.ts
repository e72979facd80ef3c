import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { orInterrupted, reasonOf, throwIfInterrupted } from '../interruption.ts';
import { RunError } from '../runner.ts';
import type { Embedded, EmbeddingCall } from './engine.ts';
import type { FromEmbedder, ToEmbedder } from './wire.ts';

export interface EmbedderThread {
  /** Of the weights, in hex. */
  readonly sha256: string;
  isAlive(): boolean;
  embed(call: EmbeddingCall): Promise<Embedded>;
  /** Ends what runs by this error. */
  close(error: RunError): Promise<void>;
}

interface Waiting {
  readonly onText: EmbeddingCall['onText'];
  resolve(result: Embedded): void;
  reject(error: RunError): void;
}

/**
 * Starts the thread and waits until it has loaded the model.
 *
 * @throws {RunError} ENGINE_FAILED
 */
export async function startThread(installPath: string, signal: AbortSignal): Promise<EmbedderThread> {
  throwIfInterrupted(signal);
  // Flags of the main thread, such as module conditions, are not meant for this one.
  const worker = new Worker(workerUrl(), { workerData: { installPath }, execArgv: [] });
  const sha256 = await firstWord(worker, signal);
  const waiting = new Map<number, Waiting>();
  let ended: RunError | undefined;
  let lastId = 0;

  function end(error: RunError): void {
    ended ??= error;
    for (const entry of waiting.values()) entry.reject(ended);
    waiting.clear();
  }
  worker.on('message', (message: FromEmbedder) => take(waiting, message));
  worker.on('error', (error) => end(new RunError('ENGINE_FAILED', `The embedder failed: ${reasonOf(error)}`)));
  worker.on('exit', () => end(new RunError('ENGINE_FAILED', 'The embedder ended')));
  const send = (message: ToEmbedder): void => worker.postMessage(message);

  return {
    sha256,
    isAlive: () => ended === undefined,
    async embed({ texts, signal: stop, onText }) {
      if (ended) throw ended;
      const id = ++lastId;
      const answer = new Promise<Embedded>((resolve, reject) => waiting.set(id, { onText, resolve, reject }));
      send({ type: 'embed', id, texts });
      try {
        return await orInterrupted(answer, stop);
      } finally {
        if (waiting.delete(id)) send({ type: 'cancel', id });
      }
    },
    async close(error) {
      end(error);
      await worker.terminate();
    },
  };
}

function take(waiting: Map<number, Waiting>, message: FromEmbedder): void {
  if (message.type === 'ready' || message.type === 'refused') return;
  const entry = waiting.get(message.id);
  if (!entry) return;
  if (message.type === 'progress') return entry.onText(message.done);
  waiting.delete(message.id);
  if (message.type === 'embedded') entry.resolve(message.result);
  else entry.reject(new RunError(message.code, message.message));
}

/** The digest of the weights, once they are loaded. */
async function firstWord(worker: Worker, signal: AbortSignal): Promise<string> {
  try {
    const [message] = (await orInterrupted(once(worker, 'message'), signal)) as [FromEmbedder];
    if (message.type === 'ready') return message.sha256;
    throw new RunError('ENGINE_FAILED', message.type === 'refused' ? message.reason : 'The embedder did not start');
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

/** A thread cannot run TypeScript before Node 22.18: out of the sources, the built worker is used. */
function workerUrl(): URL {
  const built = import.meta.url.endsWith('.js');
  return new URL(built ? './worker.js' : '../../dist/embedding/worker.js', import.meta.url);
}
