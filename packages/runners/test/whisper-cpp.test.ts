import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGgmlModel } from '../src/speech/ggml-header.ts';
import { transcriptIn } from '../src/speech/whisper-cpp.ts';
import { whisperPackage } from '../src/speech/whisper-install.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plexus-whisper-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const HEAD = { magic: 0x67676d6c, vocabulary: 51_865, layers: 6, mels: 80 };

/** The head of a file of weights, without them. */
async function headOf(given: Partial<typeof HEAD>): Promise<string> {
  const { magic, vocabulary, layers, mels } = { ...HEAD, ...given };
  const numbers = [magic, vocabulary, 1500, 512, 8, layers, 448, 512, 8, layers, mels, 1];
  const path = join(folder, 'ggml.bin');
  await writeFile(path, Buffer.from(Int32Array.from(numbers).buffer));
  return path;
}

describe("Whisper's weights", () => {
  it.each([
    [{ layers: 4 }, ['tiny']],
    [{}, ['base']],
    [{ layers: 32 }, ['large-v2', 'large']],
    [{ layers: 32, mels: 128, vocabulary: 51_866 }, ['large-v3', 'large']],
  ])('say what size they are: %j', async (head, names) => {
    expect(await readGgmlModel(await headOf(head))).toEqual({ names, isEnglishOnly: false, bytes: 48 });
  });

  it('say whether they know more than English', async () => {
    expect(await readGgmlModel(await headOf({ vocabulary: 51_864 }))).toMatchObject({ isEnglishOnly: true });
  });

  it('are no other file, and no half of one', async () => {
    await expect(readGgmlModel(await headOf({ magic: 0x46554747 }))).rejects.toThrow('in the ggml format');
    await expect(readGgmlModel(await headOf({ layers: 7 }))).rejects.toThrow('in the ggml format');
    const path = join(folder, 'short');
    await writeFile(path, 'lmgg');
    await expect(readGgmlModel(path)).rejects.toThrow('in the ggml format');
    await expect(readGgmlModel(join(folder, 'nothing'))).rejects.toThrow('ENOENT');
  });
});

describe('what whisper.cpp prints', () => {
  it('becomes segments in seconds, whatever else is among its lines', () => {
    const lines = [
      'ggml: hello',
      '{"percent":50}',
      '{"start":0,"end":1500,"text":" Grüße,"}',
      '{"start":1500,"end":2250,"text":" 世界"}',
      '7',
      'null',
      '{"language":"de"}',
      '',
    ];
    expect(transcriptIn(lines.join('\n'), { language: undefined })).toEqual({
      text: 'Grüße, 世界',
      language: 'de',
      segments: [
        { start: 0, end: 1.5, text: 'Grüße,' },
        { start: 1.5, end: 2.25, text: '世界' },
      ],
    });
  });

  it('may be nothing', () => {
    expect(transcriptIn('', { language: 'fr' })).toEqual({ text: '', language: 'fr', segments: [] });
  });
});

it('whisper.cpp is installed for the processor that runs in the sandbox', () => {
  expect(whisperPackage('linux', 'arm64')).toBe('@fugood/node-whisper-linux-arm64');
  expect(whisperPackage('darwin', 'arm64')).toBeUndefined();
  expect(whisperPackage('linux', 'riscv64')).toBeUndefined();
});
