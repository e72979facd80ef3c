import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Runner } from '../src/index.ts';
import { createEmbeddingRunner } from '../src/embedding/embedding-runner.ts';
import { EMBEDDING_FOLDER, findEmbedding, installEmbedding } from '../src/embedding/install.ts';
import { createLocalEmbedder } from '../src/embedding/local.ts';

const llamaDir = process.env['PLEXUS_LLAMA_DIR'] ?? join(homedir(), '.cache', 'plexus', 'llama');
/** Beside llama.cpp, as a node has it. */
const cacheDir = join(dirname(llamaDir), EMBEDDING_FOLDER);
const options = { cacheDir, signal: AbortSignal.timeout(120_000), onProgress: console.warn };
/** Where real engines are asked for, it is installed as a node would do it. */
const isRequired = process.env['PLEXUS_REQUIRE_ENGINES'] === '1';
export const found = await (isRequired ? installEmbedding(options) : findEmbedding(cacheDir));
if (!found.installed) console.warn(`SKIPPED: embedding tests, because ${found.reason}`);

export async function makeEmbedder(): Promise<Runner> {
  const engine = await createLocalEmbedder({ installPath: cacheDir, signal: new AbortController().signal });
  return createEmbeddingRunner(engine, 4);
}

export interface EmbeddingOutput {
  readonly model: string;
  readonly dimensions: number;
  readonly embeddings: readonly (readonly number[])[];
  readonly tokens: readonly number[];
}

export const parseOutput = (output: string) => JSON.parse(output) as EmbeddingOutput;
