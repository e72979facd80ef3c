import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DIMENSIONS, encoderModel, WINDOW_TOKENS } from './encoder-graph.ts';
import { createTokenizer } from './tokenizer.ts';
import { readWeights } from './weights.ts';

export interface Encoder {
  readonly sha256: string;
  tokenize(text: string): readonly number[];
  /** A vector of unit length for at least one token, however many. */
  embed(tokens: readonly number[]): Promise<Float32Array>;
  close(): Promise<void>;
}

/** The graph is as simple as it can be: to look for a better one costs memory, and time at the start. */
const SESSION = { executionProviders: ['wasm'], graphOptimizationLevel: 'disabled' } as const;

/** The part of ONNX Runtime that is used here; its version is pinned. */
interface Tensor {
  readonly data: Float32Array;
}
interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
  release(): Promise<void>;
}
interface Runtime {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly Tensor: new (type: 'int64', data: BigInt64Array, shape: readonly number[]) => Tensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: typeof SESSION): Promise<Session>;
  };
}

/** Loads the model from where installEmbedding put it. */
export async function createEncoder(installPath: string): Promise<Encoder> {
  const packages = join(installPath, 'node_modules');
  const [runtime, weights] = await Promise.all([
    loadRuntime(join(packages, 'onnxruntime-web')),
    readWeights(join(packages, '@energetic-ai', 'model-embeddings-en', 'dist')),
  ]);
  const session = await runtime.InferenceSession.create(encoderModel(weights), SESSION);
  const [input = '', output = ''] = [...session.inputNames, ...session.outputNames];

  async function embedWindow(tokens: readonly number[]): Promise<Float32Array> {
    const tensor = new runtime.Tensor('int64', BigInt64Array.from(tokens, BigInt), [tokens.length]);
    const outputs = await session.run({ [input]: tensor });
    return outputs[output]?.data ?? new Float32Array(DIMENSIONS);
  }

  return {
    sha256: weights.sha256,
    tokenize: createTokenizer(weights.vocabulary),
    async embed(tokens) {
      const sum = new Float32Array(DIMENSIONS);
      // The model sees so many tokens at once; a longer text is the mean of its parts, by their length.
      for (let start = 0; start < tokens.length; start += WINDOW_TOKENS) {
        const part = tokens.slice(start, start + WINDOW_TOKENS);
        const vector = await embedWindow(part);
        for (const [i, value] of vector.entries()) sum[i] = (sum[i] ?? 0) + value * part.length;
      }
      return unit(sum);
    },
    close: () => session.release(),
  };
}

async function loadRuntime(folder: string): Promise<Runtime> {
  const entry = pathToFileURL(join(folder, 'dist', 'ort.node.min.mjs')).href;
  // The module is not there when this is compiled.
  const runtime = (await import(entry)) as Runtime;
  runtime.env.wasm.numThreads = 1;
  return runtime;
}

export function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}
