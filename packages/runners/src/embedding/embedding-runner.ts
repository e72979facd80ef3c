import { asRunError, throwIfInterrupted } from '../interruption.ts';
import type { RunContext, RunRequest, RunResult, Runner } from '../runner.ts';
import type { EmbeddingEngine } from './engine.ts';
import { embeddingRequest } from './request.ts';

/** Seven decimals: as fine as the models compute, and less than half as long as all digits. */
const DECIMALS = 1e7;

/** The `embedding` service on any engine; billed by the model's own count of tokens. */
export function createEmbeddingRunner(engine: EmbeddingEngine, concurrency: number): Runner {
  async function run(request: RunRequest, context: RunContext): Promise<RunResult> {
    const { signal } = context;
    try {
      throwIfInterrupted(signal);
      const { texts, model } = embeddingRequest(request, engine.models);
      const onText = (done: number): void => context.progress(Math.floor((99 * done) / texts.length));
      const { vectors, tokens } = await engine.embed({ texts, model, signal, onText });
      context.progress(100);
      const dimensions = vectors[0]?.length ?? 0;
      const embeddings = vectors.map((vector) => vector.map((value) => Math.round(value * DECIMALS) / DECIMALS));
      const units = tokens.reduce((sum, count) => sum + count, 0);
      return {
        output: JSON.stringify({ model, dimensions, embeddings, tokens }),
        units,
        metadata: { ...engine.describe(model), dimensions, texts: texts.length, prompt_tokens: units },
      };
    } catch (error) {
      throw asRunError(error, signal);
    }
  }

  return {
    service: 'embedding',
    concurrency,
    models: engine.models,
    ...(engine.weights && { weights: engine.weights }),
    features: ['batch', ...(engine.dimensions === undefined ? [] : [`dimensions:${engine.dimensions}`])],
    languages: [],
    ...(engine.look && { look: engine.look }),
    run,
    close: () => engine.close(),
  };
}
