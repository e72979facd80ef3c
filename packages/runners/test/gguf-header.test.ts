import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { defaultModelPath } from '../src/llm/default-model.ts';
import { readModelShape } from '../src/llm/gguf-header.ts';

test('the shape of the built-in model is what its README says', async () => {
  const shape = await readModelShape(defaultModelPath());
  expect(shape).toMatchObject({ hiddenDim: 192, parameters: 2_557_632 });
  expect(shape.layers.map(({ index, type }) => `${index} ${type}`)).toEqual(
    [0, 1, 2, 3].map((index) => `${index} transformer`),
  );
  const bytes = shape.layers.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
  expect(bytes).toBeGreaterThan(1_000_000);
  expect(bytes).toBeLessThan(statSync(defaultModelPath()).size);
});

test('what is no GGUF is refused', async () => {
  const home = mkdtempSync(join(tmpdir(), 'plexus-gguf-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const path = join(home, 'model.gguf');
  writeFileSync(path, 'not a model, but long enough to be looked at');
  await expect(readModelShape(path)).rejects.toThrow('no GGUF');
  writeFileSync(path, Buffer.concat([Buffer.from('GGUF'), Buffer.from([3, 0, 0, 0, 9])]));
  await expect(readModelShape(path)).rejects.toThrow(RangeError);
});
