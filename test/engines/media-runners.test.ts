/** Runners of films, scenes and speech with real engines, real input and real output. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createSandboxSource, detectRunners, type Detection, type Runner, SERVICES } from '@plexus/runners';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, recorder, runnerConformance } from '../../packages/runners/test/runner-conformance.ts';
import { createMediaWorld, type MediaWorld } from '../support/media-world.ts';
import { commandsLike } from '../support/command-lines.ts';

const world: MediaWorld = await createMediaWorld();
const sandbox = createSandboxSource();
const FILM = await world.makeFilm('film.mp4');
const LONG_FILM = await world.makeFilm('long.mp4', { seconds: 600 });
const SPEECH = await world.speak('speech.mp3', ['one two three four five', 'good morning my friend']);
const SCENE = await world.makeScene('scene.blend', '');
afterAll(() => world[Symbol.asyncDispose]());

async function open(service: (typeof SERVICES)[number]): Promise<Runner> {
  const [found]: readonly (Detection | undefined)[] = await detectRunners({
    services: [service],
    sandbox,
    egressAllow: [world.place],
    llamaCacheDir: world.folder,
    installLlama: false,
    onProgress: () => undefined,
  });
  if (found?.available) return found.runner;
  throw new Error(`${service}: ${found?.reason}`);
}

/** A runner that has files whatever context it is given, as a conformance suite does not give them. */
const withFiles = (service: (typeof SERVICES)[number]) => async (): Promise<Runner> => {
  const runner = await open(service);
  const files = world.jobFiles();
  return { ...runner, run: (request, context) => runner.run(request, { ...context, files }) };
};

const SMALL = { resolution_x: 32, resolution_y: 24, samples: 1 };
const common = { stopAt: 'start', stopWithinMs: 2000, largeCharacters: 100_000 } as const;
runnerConformance('FFmpeg', withFiles('ffmpeg'), {
  ...common,
  good: { content: FILM, params: { resolution: '64x48' } },
  slow: { content: LONG_FILM, params: { codec: 'h265' } },
});
runnerConformance('PocketSphinx', withFiles('whisper'), {
  ...common,
  good: { content: SPEECH, params: {} },
  slow: { content: LONG_FILM, params: {} },
});
runnerConformance('Blender', withFiles('blender'), {
  ...common,
  good: { content: SCENE, params: SMALL },
  slow: { content: SCENE, params: { samples: 10_000 } },
});

/** A recorder with files. */
function job() {
  const recorded = recorder();
  const files = world.jobFiles();
  return { ...recorded, files, context: { ...recorded.context, files } };
}

const ffmpegOf = (text: string) => promisify(execFile)('ffmpeg', ['-v', 'error', ...text.split(' ')]);

/** Commands of processes that work on a job in a sandbox. */
const workers = () => commandsLike(/\/job\/(film|scene\.blend|sound\.wav)/);

let ffmpeg: Runner;
let blender: Runner;
let speech: Runner;
beforeAll(async () => {
  [ffmpeg, blender, speech] = [await open('ffmpeg'), await open('blender'), await open('whisper')];
}, 120_000);
afterAll(async () => {
  await Promise.all([ffmpeg.close(), blender.close(), speech.close()]);
});

describe('films', () => {
  it('are written from h264 to vp9 in another size, and probed', { timeout: 60_000 }, async () => {
    const one = job();
    const params = { output_format: 'webm', codec: 'vp9', resolution: '160x120', fps: 10, crf: 40 };
    const { output, units, metadata } = await ffmpeg.run({ content: FILM, params }, one.context);
    const result = JSON.parse(output);
    expect(result.metadata).toMatchObject({ codec: 'vp9', resolution: '160x120', fps: 10, audio_codec: 'opus' });
    expect(result.metadata.input).toMatchObject({ codec: 'h264', resolution: '320x240', fps: 25, audio_codec: 'aac' });
    expect(result.duration).toBeCloseTo(2, 0);
    expect(units).toBeGreaterThanOrEqual(1);
    expect(metadata).toMatchObject({ encoder: 'libvpx-vp9' });
    const { streams } = await world.probe(one.files.kept.get(result.output_url) ?? '');
    expect(streams.map(({ codec_name }) => codec_name)).toEqual(['vp9', 'opus']);
    expect(streams[0]).toMatchObject({ width: 160, height: 120 });
  });

  for (const [codec, format] of [
    ['h264', 'mp4'],
    ['h265', 'mkv'],
    ['av1', 'mp4'],
    ['h264', 'mov'],
  ] as const) {
    it(`are written as ${codec} in ${format}`, { timeout: 60_000 }, async () => {
      const one = job();
      const { output } = await ffmpeg.run({ content: FILM, params: { codec, output_format: format } }, one.context);
      const { streams } = await world.probe(one.files.kept.get(JSON.parse(output).output_url) ?? '');
      expect(streams[0]?.codec_name).toBe(codec === 'h265' ? 'hevc' : codec);
    });
  }

  it('are written as webm whatever places their loudspeakers have', { timeout: 60_000 }, async () => {
    const film = join(world.folder, 'side.mkv');
    const sources = '-f lavfi -i testsrc=size=64x48:duration=1 -f lavfi -i anullsrc=cl=5.1(side)';
    await ffmpegOf(`${sources} -shortest -c:v libx264 -c:a ac3 ${film}`);
    const one = job();
    const params = { output_format: 'webm' };
    const { output } = await ffmpeg.run({ content: world.urlOf('side.mkv'), params }, one.context);
    const { streams } = await world.probe(one.files.kept.get(JSON.parse(output).output_url) ?? '');
    expect(streams[1]).toMatchObject({ codec_name: 'opus', channel_layout: '5.1' });
  });
});

describe('films that are not made', () => {
  it('tell how far they were, and end within 2 s when nobody wants them any more', { timeout: 60_000 }, async () => {
    const one = job();
    const running = failureOf(ffmpeg.run({ content: LONG_FILM, params: { codec: 'h265' } }, one.context));
    await expect.poll(() => one.percents.length, { timeout: 30_000 }).toBeGreaterThan(0);
    expect(workers()).not.toEqual([]);
    const stoppedAt = performance.now();
    one.controller.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED' });
    expect(performance.now() - stoppedAt).toBeLessThan(2000);
    expect(workers()).toEqual([]);
  });

  it('are not made of playlists, whatever these name', async () => {
    await writeFile(join(world.folder, 'list.m3u8'), `#EXTM3U\n#EXTINF:1,\n${FILM}\n#EXT-X-ENDLIST\n`);
    await writeFile(join(world.folder, 'list.ffconcat'), 'ffconcat version 1.0\nfile /etc/hostname\n');
    await writeFile(join(world.folder, 'list.sdp'), 'v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n');
    for (const name of ['list.m3u8', 'list.ffconcat', 'list.sdp']) {
      const error = await failureOf(ffmpeg.run({ content: world.urlOf(name), params: {} }, job().context));
      expect(error, name).toMatchObject({ code: 'INVALID_INPUT' });
    }
  });

  it('are not made of what is none, and only of places that may be fetched', async () => {
    await writeFile(join(world.folder, 'text.mp4'), 'only a text');
    const cases = [
      world.urlOf('text.mp4'),
      world.urlOf('absent.mp4'),
      SPEECH,
      'http://169.254.169.254/latest',
      'file:///etc/passwd',
      'http://0x7f.1/',
    ];
    for (const content of cases) {
      const error = await failureOf(ffmpeg.run({ content, params: {} }, job().context));
      expect(error, content).toMatchObject({ code: 'INVALID_INPUT', retryable: false });
    }
  });

  it('are refused in formats that cannot hold them', async () => {
    const params = { output_format: 'webm', codec: 'h264' };
    const error = await failureOf(ffmpeg.run({ content: FILM, params }, job().context));
    expect(error.message).toBe('webm holds vp9 or av1, not h264');
  });
});

it('films are not made of the cover of a record', async () => {
  const [picture, tone, record] = [
    join(world.folder, 'cover.png'),
    join(world.folder, 'tone.mp3'),
    join(world.folder, 'record.mp3'),
  ];
  await ffmpegOf(`-f lavfi -i testsrc=size=32x32:duration=1 -frames:v 1 ${picture}`);
  await ffmpegOf(`-f lavfi -i sine=duration=1 ${tone}`);
  await ffmpegOf(`-i ${tone} -i ${picture} -map 0 -map 1 -c copy ${record}`);
  const error = await failureOf(ffmpeg.run({ content: world.urlOf('record.mp3'), params: {} }, job().context));
  expect(error).toMatchObject({ code: 'INVALID_INPUT', message: 'The input has no images: it is no film' });
});

const small = { resolution_x: 64, resolution_y: 48, samples: 4 };

describe('scenes', () => {
  it('are rendered into images that are not of one colour', { timeout: 120_000 }, async () => {
    const one = job();
    const params = { ...small, frame_start: 1, frame_end: 2 };
    const { output } = await blender.run({ content: SCENE, params }, one.context);
    const result = JSON.parse(output);
    expect(result).toMatchObject({ metadata: { engine: 'cycles', frames: 2, samples: 4 } });
    expect(result.render_time).toBeGreaterThan(0);
    expect(result.images).toHaveLength(2);
    const path = one.files.kept.get(result.images[0]) ?? '';
    expect((await world.probe(path)).streams[0]).toMatchObject({ codec_name: 'png', width: 64, height: 48 });
    const pixels = ['-v', 'error', '-i', path, '-f', 'rawvideo', '-pix_fmt', 'gray', '-'];
    const { stdout } = await promisify(execFile)('ffmpeg', pixels, { encoding: 'buffer' });
    expect(new Set(stdout).size).toBeGreaterThan(10);
    expect(one.percents.at(-1)).toBe(100);
    expect(one.percents.length).toBeGreaterThan(2);
  });

  it('do not run the scripts that are in them', { timeout: 120_000 }, async () => {
    const scene = await world.makeScene(
      'evil.blend',
      `text = bpy.data.texts.new('evil.py')
text.from_string("open('/output/evil.txt', 'w').write('x')")
text.use_module = True
driver = bpy.data.objects['Cube'].driver_add('location', 0).driver
driver.type = 'SCRIPTED'
driver.expression = "(open('/output/driver.txt', 'w').write('x'), 1)[1]"`,
    );
    const one = job();
    await blender.run({ content: scene, params: small }, one.context);
    expect([...one.files.kept.keys()].map((url) => url.split('/').at(-1))).toEqual(['frame_0001.png']);
  });
});

it('scenes are rendered by tiles, each of which is told of', { timeout: 120_000 }, async () => {
  const one = job();
  await blender.run({ content: SCENE, params: { resolution_x: 256, resolution_y: 192, samples: 16 } }, one.context);
  expect(one.percents.filter((percent) => percent > 5 && percent < 95).length).toBeGreaterThan(3);
});

describe('scenes that are not rendered', () => {
  it('end within 2 s when nobody wants them any more', { timeout: 60_000 }, async () => {
    const one = job();
    const params = { resolution_x: 1920, resolution_y: 1080, samples: 10_000 };
    const running = failureOf(blender.run({ content: SCENE, params }, one.context));
    await expect.poll(workers, { timeout: 30_000 }).not.toEqual([]);
    const stoppedAt = performance.now();
    one.controller.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED' });
    expect(performance.now() - stoppedAt).toBeLessThan(2000);
    expect(workers()).toEqual([]);
  });

  it('must be scenes, with a camera', { timeout: 60_000 }, async () => {
    const none = await failureOf(blender.run({ content: FILM, params: small }, job().context));
    expect(none).toMatchObject({ code: 'INVALID_INPUT', message: 'The input is no .blend file' });
    await writeFile(join(world.folder, 'cut.blend'), 'BLENDER-v304');
    const cut = await failureOf(blender.run({ content: world.urlOf('cut.blend'), params: small }, job().context));
    expect(cut.message).toContain('The input is damaged, or no scene: ');
    const blind = await world.makeScene('blind.blend', "bpy.data.objects.remove(bpy.data.objects['Camera'])");
    const error = await failureOf(blender.run({ content: blind, params: small }, job().context));
    expect(error.message).toContain('the scene has no camera');
  });
});

describe('speech', () => {
  it('is written down with times, and says who listened', { timeout: 60_000 }, async () => {
    const { output, metadata } = await speech.run(
      { content: SPEECH, params: { model: 'base', language: 'en' } },
      job().context,
    );
    const { text, segments, language, engine } = JSON.parse(output);
    expect(text).toBe('one two three four five good morning my friend');
    expect(language).toBe('en');
    expect(engine).toBe('pocketsphinx');
    expect(metadata).toMatchObject({ engine: 'pocketsphinx', segments: 2 });
    expect(segments.map((segment: { text: string }) => segment.text)).toEqual([
      'one two three four five',
      'good morning my friend',
    ]);
    const [first, second] = segments;
    expect(first.start).toBeLessThan(first.end);
    expect(second.start).toBeGreaterThan(first.end + 1);
  });

  it('in a film is heard too; silence is nothing, and other languages are refused', { timeout: 60_000 }, async () => {
    const { output } = await speech.run({ content: FILM, params: {} }, job().context);
    expect(typeof JSON.parse(output).text).toBe('string');
    const error = await failureOf(speech.run({ content: SPEECH, params: { language: 'de' } }, job().context));
    expect(error).toMatchObject({ code: 'LANGUAGE_NOT_FOUND', retryable: true });
  });
});
