import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { defaultModelPath, type Resume, type Runner } from '../src/index.ts';
import { findLlama } from '../src/llm/install.ts';
import { createLlamaEngine } from '../src/llm/llama.ts';
import { createLlmRunner } from '../src/llm/llm-runner.ts';
import { recorder } from './runner-conformance.ts';

const cacheDir = process.env['PLEXUS_LLAMA_DIR'] ?? join(homedir(), '.cache', 'plexus', 'llama-3.22.1');
export const found = await findLlama(cacheDir);
if (!found.installed) console.warn(`SKIPPED: llama tests, because ${found.reason}`);

export async function makeRunner(concurrency = 1, modelPath = defaultModelPath()): Promise<Runner> {
  const signal = new AbortController().signal;
  const engine = await createLlamaEngine({
    installPath: cacheDir,
    modelPath,
    concurrency,
    gpu: false,
    signal,
  });
  return createLlmRunner(engine, concurrency);
}

/** Loads the model for the tests of one block. */
export function useLlama() {
  let runner: Runner;
  beforeAll(async () => {
    runner = await makeRunner(2);
  }, 60_000);
  afterAll(() => runner.close());
  return {
    runner: () => runner,
    complete: (content: string, params: Record<string, unknown>, recorded = recorder(), resume?: Resume) =>
      runner.run({ content, params, ...(resume && { resume }) }, recorded.context),
  };
}
