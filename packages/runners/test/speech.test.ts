import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { languageCode } from '../src/speech/language-code.ts';
import { createHypothesisReader } from '../src/speech/pocketsphinx.ts';
import { trySpeech } from '../src/speech/speech-runner.ts';
import type { SandboxJob } from '../src/sandbox/sandbox.ts';
import { findWhisperServer, sizeIn } from '../src/speech/whisper-server.ts';
import { secondsOf, silence } from '../src/speech/wav.ts';
import { type MediaServer, startMediaServer } from './media-server.ts';

const signal = new AbortController().signal;

let server: MediaServer;
let folder: string;
beforeAll(async () => {
  server = await startMediaServer();
  folder = await mkdtemp(join(tmpdir(), 'plexus-speech-test-'));
  await writeFile(join(folder, 'sound.wav'), silence(3));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const listening = {
  name: 'sound.wav',
  duration: 3,
  task: 'transcribe',
  language: 'de',
  model: 'base',
  temperature: 0.2,
  prompt: 'names',
  signal,
  progress: () => undefined,
} as const;

describe('a Whisper server', () => {
  it('is given the sound, the model by its own name and what was wished', async () => {
    const whisper = await findWhisperServer({ url: `${server.url}/v1`, apiKey: 'secret' }, signal);
    expect(whisper.models).toEqual(['tiny', 'base']);
    const heard = await whisper.listen({ ...listening, folder });
    expect(heard).toMatchObject({
      text: '96044 bytes for Systran/faster-whisper-base',
      language: 'de',
      segments: [{ start: 0.5, end: 1.25, text: '96044 bytes for Systran/faster-whisper-base' }],
    });
    expect((await server.calls()).at(-1)).toMatchObject({
      line: 'POST /v1/audio/transcriptions',
      authorization: 'Bearer secret',
      body: { language: 'de', prompt: 'names', temperature: '0.2', response_format: 'verbose_json' },
    });
  });

  it('translates where that is asked for', async () => {
    const whisper = await findWhisperServer({ url: `${server.url}/v1`, model: 'ggml-small.bin' }, signal);
    expect(whisper.models).toEqual(['small']);
    await whisper.listen({ ...listening, folder, model: 'small', task: 'translate' });
    expect((await server.calls()).at(-1)).toMatchObject({
      line: 'POST /v1/audio/translations',
      body: { model: 'ggml-small.bin' },
    });
  });

  it('that does not answer is told with what to look at', async () => {
    await expect(findWhisperServer({ url: 'http://127.0.0.1:1/v1' }, signal)).rejects.toMatchObject({
      name: 'RunError',
      remedy: 'check that http://127.0.0.1:1/v1 answers and has a Whisper model',
    });
    await expect(findWhisperServer({ url: server.url }, signal)).rejects.toThrow('say which one it has');
  });

  it('has sizes in the names of its models', () => {
    const names = [
      'Systran/faster-whisper-large-v3',
      'whisper-1',
      'whisper-tiny.en',
      'ggml-base.bin',
      'llama',
      'database',
    ];
    expect(names.map(sizeIn)).toEqual(['large-v3', 'large-v2', 'tiny', 'base', undefined, undefined]);
  });
});

describe('what PocketSphinx prints', () => {
  it('becomes segments with the times of their words', () => {
    const reader = createHypothesisReader();
    const lines = ['go forward', '<s> 0.060 0.190 0.999900', 'go 0.200 0.420 0.999900', 'forward(2) 0.430 0.870 -0.9'];
    for (const line of [...lines, '</s> 0.9 1.14 1.0', '', 'good', 'good 4.060 4.310 1.000100']) reader.read(line);
    expect(reader.segments()).toEqual([
      { start: 0.2, end: 0.87, text: 'go forward' },
      { start: 4.06, end: 4.31, text: 'good' },
    ]);
    expect(reader.seconds).toBe(4.31);
  });
});

it('leaves nothing that the next start would not remove, when it is killed while it is tried', async () => {
  const seen: string[] = [];
  const sandbox = {
    description: 'none',
    run: (one: SandboxJob) => Promise.reject(new Error((seen.push(one.outputFolder), 'killed'))),
    close: () => Promise.resolve(),
  };
  const inputs = { fetch: () => Promise.resolve() };
  const recognizer = await findWhisperServer({ url: `${server.url}/v1` }, signal);
  await expect(trySpeech({ sandbox, ffmpeg: 'ffmpeg', inputs, recognizer }, signal)).rejects.toThrow('killed');
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatch(new RegExp(`/plexus-speech-\\d+-${process.pid}-`));
});

it('knows how long a sound is by its bytes', () => {
  expect(secondsOf(silence(2.5).length)).toBe(2.5);
  expect(secondsOf(10)).toBe(0);
});

it('tells languages by their codes', () => {
  const names = ['english', 'German', 'hebrew', 'indonesian', 'de', 'klingonish'];
  expect(names.map(languageCode)).toEqual(['en', 'de', 'he', 'id', 'de', 'klingonish']);
});
