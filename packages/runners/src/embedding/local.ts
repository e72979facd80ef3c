import { closedError } from '../interruption.ts';
import type { EmbeddingEngine } from './engine.ts';
import { EMBEDDING_ENGINE } from './install.ts';
import { startThread } from './thread.ts';

const MODEL = 'universal-sentence-encoder-lite';

export interface LocalOptions {
  /** Where installEmbedding put it. */
  readonly installPath: string;
  readonly signal: AbortSignal;
}

/** Universal Sentence Encoder lite on this machine, in a thread that is started anew when it dies. */
export async function createLocalEmbedder({ installPath, signal }: LocalOptions): Promise<EmbeddingEngine> {
  const closing = new AbortController();
  let thread = startThread(installPath, signal);
  const { sha256 } = await thread;

  async function aliveThread() {
    const last = await thread.catch(() => undefined);
    if (last?.isAlive() !== true && !closing.signal.aborted) thread = startThread(installPath, closing.signal);
    return thread;
  }

  return {
    models: [MODEL],
    weights: { [MODEL]: sha256 },
    describe: (model) => ({ engine: EMBEDDING_ENGINE, model, model_sha256: sha256 }),
    async embed(call) {
      const alive = await aliveThread();
      return alive.embed(call);
    },
    async close() {
      closing.abort(closedError());
      const last = await thread.catch(() => undefined);
      await last?.close(closedError());
    },
  };
}
