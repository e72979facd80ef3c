import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { defaultModelPath, detectRunners } from '../src/index.ts';

it('a model that needs more memory than it may have is not loaded, nor is its engine installed', async () => {
  const [found] = await detectRunners({
    services: ['llm'],
    llamaCacheDir: join(tmpdir(), 'plexus-no-llama'),
    installLlama: true,
    memoryBytes: () => 1000,
    onProgress: () => undefined,
  });
  expect(found).toEqual({
    available: false,
    service: 'llm',
    reason: expect.stringMatching(`^${defaultModelPath()} has \\d+ bytes, and this node's .* leaves 1000 of memory$`),
    remedy: expect.stringContaining('max_memory_gb'),
  });
});
