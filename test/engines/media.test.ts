/** AITBC's media services on a whole network: real films, speech and scenes, from a URL to files with addresses. */
import { join } from 'node:path';
import { createLogger } from '@plexus/coordinator';
import { type RunningNode, startNode } from '@plexus/node';
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type MediaServer, startMediaServer } from '../../packages/runners/test/media-server.ts';
import { createMediaWorld, type MediaWorld } from '../support/media-world.ts';

const SERVICES = ['ffmpeg', 'whisper', 'blender', 'stable_diffusion'];

let world: MediaWorld;
let painter: MediaServer;
let network: TestNetwork;
let node: RunningNode;
let key: string;

beforeAll(async () => {
  [world, painter, network] = [
    await createMediaWorld(),
    await startMediaServer(),
    await createTestNetwork({ nodes: 0 }),
  ];
  ({ api_key: key } = await network.register());
  node = await startNode({
    home: join(network.home, 'media-node'),
    coordinatorUrl: network.url,
    token: network.operatorKey,
    host: '127.0.0.1',
    ports: [],
    services: SERVICES,
    egressAllow: [world.place],
    imageUpstream: { url: painter.url },
    installLlama: false,
    logger: createLogger({ level: 'silent' }),
  });
  await vi.waitFor(
    () => {
      const missing = node.services().find(({ available }) => !available);
      if (missing) throw new Error(`${missing.id} is not offered: ${missing.reason}`);
    },
    { timeout: 60_000, interval: 100 },
  );
}, 120_000);
afterAll(async () => {
  await node.close();
  await network[Symbol.asyncDispose]();
  await Promise.all([painter[Symbol.asyncDispose](), world[Symbol.asyncDispose]()]);
});

interface Ended {
  readonly status: string;
  readonly reason: string | null;
  readonly cost: string;
  /** Of whichever service it was: each test looks at its own members. */
  readonly results: {
    readonly output_url: string;
    readonly metadata: { readonly size: number };
    readonly images: readonly string[];
    readonly segments: readonly unknown[];
  };
}

/** Sends a request of the page, and waits for what becomes of it. */
async function run(path: string, body: object): Promise<Ended> {
  const { status, body: made } = await network.call('POST', path, { key, body });
  if (status !== 201) throw new Error(JSON.stringify(made));
  const { job_id: id } = made as { job_id: string };
  await network.call('GET', `/plexus/v1/jobs/${id}?wait_seconds=60`, { key });
  const job = (await network.call('GET', `/v1/jobs/${id}`, { key })).body as Omit<Ended, 'results'>;
  const { results } = (await network.call('GET', `/v1/jobs/${id}/results`, { key })).body as Pick<Ended, 'results'>;
  return { ...job, results };
}

describe('the services of the page', { timeout: 120_000 }, () => {
  it('transcode a film, whose file has an address, parts and another job as its reader', async () => {
    const film = await world.makeFilm('video.mp4');
    const first = await run('/v1/services/ffmpeg/transcode', {
      input_url: film,
      output_format: 'webm',
      codec: 'vp9',
      resolution: '160x120',
    });
    expect(first).toMatchObject({
      status: 'completed',
      results: { metadata: { codec: 'vp9', resolution: '160x120' } },
    });
    expect(Number(first.cost)).toBeGreaterThan(0);
    const url = first.results.output_url;
    expect(url.startsWith(`${network.url}/artifacts/`)).toBe(true);
    const whole = Buffer.from(await (await fetch(url)).arrayBuffer());
    expect(whole.length).toBe(first.results.metadata.size);
    const part = await fetch(url, { headers: { range: 'bytes=10-19' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(10, 20));
    const second = await run('/v1/services/ffmpeg/transcode', { input_url: url, codec: 'h264' });
    expect(second).toMatchObject({ status: 'completed', results: { metadata: { input: { codec: 'vp9' } } } });
  });
});

describe('the other services of the page', { timeout: 120_000 }, () => {
  it('write down what is said', async () => {
    const audio = await world.speak('audio.mp3', ['good morning my friend']);
    const job = await run('/v1/services/whisper/transcribe', {
      audio_url: audio,
      model: 'base',
      language: 'en',
      task: 'transcribe',
    });
    expect(job.results).toMatchObject({ text: 'good morning my friend', engine: 'pocketsphinx' });
    expect(job.results.segments).toHaveLength(1);
  });

  it('render a scene, and paint', async () => {
    const scene = await world.makeScene('scene.blend', '');
    const size = { resolution_x: 64, resolution_y: 48 };
    const rendered = await run('/v1/services/blender/render', { blend_file_url: scene, ...size, samples: 4 });
    const painted = await run('/v1/services/stable-diffusion/generate', {
      prompt: 'A beautiful sunset over mountains',
      model: 'stable-diffusion-1.5',
      size: '128x64',
      num_images: 2,
      steps: 20,
    });
    for (const url of [...rendered.results.images, ...painted.results.images]) {
      const response = await fetch(url);
      expect(response.headers.get('content-type'), url).toBe('image/png');
      expect(Buffer.from(await response.arrayBuffer()).toString('latin1', 1, 4), url).toBe('PNG');
    }
    expect(painted.results.images).toHaveLength(2);
  });
});

describe('URLs of clients', { timeout: 60_000 }, () => {
  const fields = {
    '/v1/services/ffmpeg/transcode': 'input_url',
    '/v1/services/whisper/transcribe': 'audio_url',
    '/v1/services/blender/render': 'blend_file_url',
  };
  for (const [path, field] of Object.entries(fields)) {
    it(`lead nowhere inside from ${field}, and nothing is charged`, async () => {
      const inside = [
        '127.0.0.1',
        '169.254.169.254',
        '10.0.0.1',
        '[::1]',
        '[::ffff:7f00:1]',
        '0x7f000001',
        '017700000001',
      ];
      const urls = [...inside.map((host) => `http://${host}/x`), `${network.url}/healthz`, 'http://localhost/x'];
      const jobs = await Promise.all(urls.map((url) => run(path, { [field]: url })));
      for (const [at, job] of jobs.entries()) {
        expect(job, urls[at]).toMatchObject({ status: 'failed', cost: '0' });
        expect(job.reason, urls[at]).toMatch(/not public|No address was found/);
      }
      for (const url of ['file:///etc/passwd', 'gopher://127.0.0.1/', 'concat:/etc/passwd', '/etc/passwd']) {
        const { status } = await network.call('POST', path, { key, body: { [field]: url } });
        expect(status, url).toBe(422);
      }
    });
  }
});
