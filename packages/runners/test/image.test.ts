import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImageRunner, openImageEngine } from '../src/image/image-runner.ts';
import type { Runner } from '../src/index.ts';
import { type MediaServer, startMediaServer } from './media-server.ts';
import { failureOf, recorder, runnerConformance } from './runner-conformance.ts';

const signal = new AbortController().signal;
let server: MediaServer;
beforeAll(async () => {
  server = await startMediaServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A runner whose files go into a map, whatever context it is given. */
async function open(path = ''): Promise<Runner & { readonly kept: Map<string, Uint8Array> }> {
  const kept = new Map<string, Uint8Array>();
  const files = {
    fetchBundle: () => Promise.reject(new Error('there is no bundle')),
    async keepOutput({ name, path: from }: { name: string; path: string }) {
      kept.set(name, await readFile(from));
      return { name, url: `/artifacts/x/${name}`, size: 1, sha256: 'x', content_type: 'image/png' };
    },
  };
  const engine = await openImageEngine({ url: server.url + path }, signal);
  const runner = createImageRunner(engine, 2);
  return { ...runner, kept, run: (request, context) => runner.run(request, { ...context, files }) };
}

runnerConformance('images of a server', open, {
  good: { content: 'a house', params: { size: '64x64' } },
  slow: { content: 'hang', params: { size: '64x64' } },
  stopAt: 'start',
  largeCharacters: 100_000,
});

describe('images', () => {
  it('are made as they were asked for, by AUTOMATIC1111’s API', async () => {
    const runner = await open();
    const params = {
      model: 'stable-diffusion-1.5',
      size: '48x32',
      num_images: 2,
      steps: 5,
      seed: 3,
      guidance_scale: 9,
      negative_prompt: 'rain',
    };
    const { output, units, metadata } = await runner.run({ content: 'a sunset', params }, recorder().context);
    expect(JSON.parse(output)).toEqual({
      images: ['/artifacts/x/image_1.png', '/artifacts/x/image_2.png'],
      parameters: {
        prompt: 'a sunset',
        negative_prompt: 'rain',
        model: 'stable-diffusion-1.5',
        size: '48x32',
        steps: 5,
        guidance_scale: 9,
        seed: 3,
      },
      nsfw_content_detected: [],
    });
    expect(units).toBe(2);
    expect(metadata).toMatchObject({ engine: 'AUTOMATIC1111 API', images: 2 });
    const [first] = runner.kept.values();
    const png = Buffer.from(first ?? []);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([48, 32]);
    const asked = (await server.calls()).at(-1);
    expect(asked).toMatchObject({
      line: 'POST /sdapi/v1/txt2img',
      body: {
        negative_prompt: 'rain',
        cfg_scale: 9,
        batch_size: 2,
        override_settings: { sd_model_checkpoint: 'sd15.safetensors [abc]' },
      },
    });
  });

  it('are made by OpenAI’s API where a server speaks that', async () => {
    const runner = await open('/v1');
    const params = { model: 'painter', size: '64x64', num_images: 2 };
    const { output } = await runner.run({ content: 'a sunset', params }, recorder().context);
    expect(JSON.parse(output)).toMatchObject({ images: { length: 2 } });
    expect((await server.calls()).at(-1)?.body).toMatchObject({ n: 2, size: '64x64', model: 'painter' });
  });
});

describe('images that nobody wants any more', () => {
  const interrupts = async () =>
    (await server.calls()).filter(({ line }) => line === 'POST /sdapi/v1/interrupt').length;

  /** An image that the server says it has half done. */
  async function beginOne() {
    const runner = await open();
    const { context, controller, percents } = recorder();
    const running = failureOf(runner.run({ content: 'hang', params: {} }, context));
    await expect.poll(() => percents, { timeout: 10_000 }).toEqual([45]);
    return { controller, running };
  }

  it('are told of while they are made, and stopped at the server, which would go on otherwise', async () => {
    const before = await interrupts();
    const { controller, running } = await beginOne();
    controller.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED' });
    expect(await interrupts()).toBe(before + 1);
  });

  it('stop nothing of others at that server', async () => {
    const before = await interrupts();
    const { controller, running } = await beginOne();
    const body = JSON.stringify({ prompt: 'hang', force_task_id: 'of somebody else' });
    const theirs = new AbortController();
    const paint = { method: 'POST', body, signal: theirs.signal };
    const other = fetch(`${server.url}/sdapi/v1/txt2img`, paint).catch(() => undefined);
    const isTheirs = async () =>
      (await server.calls()).some((call) => call.body['force_task_id'] === 'of somebody else');
    await expect.poll(isTheirs).toBe(true);
    controller.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED' });
    expect(await interrupts()).toBe(before);
    theirs.abort();
    await other;
  });
});

describe('images that are not there', () => {
  it('are not offered without a server that has a model', async () => {
    await expect(openImageEngine(undefined, signal)).rejects.toMatchObject({
      remedy: 'start it with --image-upstream http://127.0.0.1:7860',
    });
    await expect(openImageEngine({ url: `${server.url}/nothing` }, signal)).rejects.toThrow('speaks neither');
  });

  it('that are none are not handed on, and models that are not there are refused', async () => {
    const runner = await open();
    const none = await failureOf(runner.run({ content: 'text', params: {} }, recorder().context));
    expect(none).toMatchObject({ code: 'ENGINE_FAILED', message: 'The image server answered with what is no image' });
    const params = { model: 'other' };
    const unknown = await failureOf(runner.run({ content: 'a', params }, recorder().context));
    expect(unknown.code).toBe('MODEL_NOT_FOUND');
  });
});
