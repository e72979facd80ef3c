/** Seed 002, Services and Service Registry: what the page prints is sent as it is, and answers with the printed fields and types. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AitbcWorld, ID, PRINTED_JOB } from './support/aitbc-world.ts';

let world: AitbcWorld;
beforeAll(async () => {
  world = await AitbcWorld.create();
});
afterAll(() => world[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown) => world.call(method, path, body);

/** The printed requests of the five services, with what their miners answer and how that is read. */
const PRINTED_SERVICES = [
  {
    path: '/v1/services/whisper/transcribe',
    body: { audio_url: 'https://example.com/audio.mp3', model: 'base', language: 'en', task: 'transcribe' },
    type: 'whisper',
    content: 'https://example.com/audio.mp3',
    params: { model: 'base', language: 'en', task: 'transcribe' },
    results: { text: 'hello', language: 'en', segments: [{ start: 0, end: 1, text: 'hello' }] },
  },
  {
    path: '/v1/services/stable-diffusion/generate',
    body: {
      prompt: 'A beautiful sunset over mountains',
      model: 'stable-diffusion-1.5',
      size: '1024x1024',
      num_images: 1,
      steps: 20,
    },
    type: 'stable_diffusion',
    content: 'A beautiful sunset over mountains',
    params: { model: 'stable-diffusion-1.5', size: '1024x1024', num_images: 1, steps: 20 },
    results: { images: ['http://x/1.png'], parameters: { seed: 1 }, nsfw_content_detected: [false] },
  },
  {
    path: '/v1/services/ffmpeg/transcode',
    body: {
      input_url: 'https://example.com/video.mp4',
      output_format: 'mp4',
      codec: 'h264',
      resolution: '1920x1080',
    },
    type: 'ffmpeg',
    content: 'https://example.com/video.mp4',
    params: { output_format: 'mp4', codec: 'h264', resolution: '1920x1080' },
    results: { output_url: 'http://x/1.mp4', metadata: { codec: 'h264' }, duration: 12.5 },
  },
  {
    path: '/v1/services/blender/render',
    body: {
      blend_file_url: 'https://example.com/scene.blend',
      engine: 'cycles',
      resolution_x: 1920,
      resolution_y: 1080,
      samples: 128,
    },
    type: 'blender',
    content: 'https://example.com/scene.blend',
    params: { engine: 'cycles', resolution_x: 1920, resolution_y: 1080, samples: 128 },
    results: { images: ['http://x/0001.png'], metadata: {}, render_time: 3.5 },
  },
];

it.each(PRINTED_SERVICES)('POST $path', async ({ path, body, type, content, params, results }) => {
  const created = await call('POST', path, body);
  expect(created.status).toBe(201);
  const time = created.body.estimated_completion;
  expect(created.body).toMatchObject({ job_id: ID, service_type: type, status: 'submitted' });
  expect(time === null || !Number.isNaN(Date.parse(time))).toBe(true);
  const task = await world.miner.task();
  expect(task).toMatchObject({ task_type: type, content, params });
  world.miner.complete(task, { output: JSON.stringify(results), units: 1 });
  await world.ended(created.body.job_id);
  const { body: read } = await call('GET', `/v1/jobs/${created.body.job_id}/results`);
  expect(read.results).toEqual(results);
});

it('POST /v1/services/llm/inference', async () => {
  const request = { model: 'llama-7b', prompt: 'Explain quantum computing', max_tokens: 256, temperature: 0.7 };
  const { status, body } = await call('POST', '/v1/services/llm/inference', request);
  expect(status).toBe(201);
  expect(body).toMatchObject({ job_id: ID, service_type: 'llm_inference', status: 'submitted' });
  const task = await world.miner.task();
  const { prompt, ...params } = request;
  expect(task).toMatchObject({ task_type: 'llm', content: prompt, params });
  const metadata = { prompt_tokens: 3, completion_tokens: 2, finish_reason: 'stop' };
  world.miner.complete(task, { output: 'It is odd.', units: 5, metadata });
  await world.ended(body.job_id);
  const { body: read } = await call('GET', `/v1/jobs/${body.job_id}/results`);
  expect(read.results).toEqual({ text: 'It is odd.', finish_reason: 'stop', tokens_used: 5 });
});

it('List All Services, by category and search', async () => {
  const { status, body } = await call('GET', '/v1/registry/services');
  expect(status).toBe(200);
  const ids = body.map(({ id }: { id: string }) => id);
  const named = ['whisper', 'stable_diffusion', 'llm_inference', 'ffmpeg', 'blender'];
  expect(ids).toEqual(expect.arrayContaining([...named, 'embedding', 'translation', 'python', 'container']));
  const media = await call('GET', '/v1/registry/services?category=media_processing');
  expect(media.body.map(({ id }: { id: string }) => id)).toEqual(['ffmpeg', 'blender']);
  const found = await call('GET', '/v1/registry/services?search=SPEECH');
  expect(found.body.map(({ id }: { id: string }) => id)).toEqual(['whisper']);
});

it('Get Service Definition, with who is online for it', async () => {
  const { status, body } = await call('GET', '/v1/registry/services/llm_inference');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    id: 'llm_inference',
    category: 'ai_ml',
    version: expect.any(String),
    icon: expect.any(String),
    input_parameters: expect.arrayContaining([
      expect.objectContaining({ name: 'prompt', type: 'string', required: true }),
      expect.objectContaining({ name: 'max_tokens', type: 'integer', min_value: 1, max_value: 4096, default: 256 }),
      expect.objectContaining({ name: 'temperature', type: 'float', min_value: 0, max_value: 2, default: 0.7 }),
    ]),
    pricing: [{ name: 'standard', model: 'per_unit', unit_price: '0.0001', currency: 'AITBC' }],
    available: 1,
  });
  const none = await call('GET', '/v1/registry/services/container');
  expect(none.body.available).toBe(0);
});

it('Get Service Schema', async () => {
  const { status, body } = await call('GET', '/v1/registry/services/whisper/schema');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    type: 'object',
    properties: { audio_url: { type: 'string' }, temperature: { minimum: 0, maximum: 1 } },
    required: ['audio_url'],
  });
});

it('Get Service Requirements', async () => {
  const { status, body } = await call('GET', '/v1/registry/services/stable_diffusion/requirements');
  expect(status).toBe(200);
  expect(body).toEqual({
    requirements: [{ component: 'gpu_memory', minimum: '4', recommended: '8', unit: 'GiB' }],
  });
});

it('Validate Service Request', async () => {
  const { status, body } = await call('POST', '/v1/registry/services/validate', {
    service_id: 'llm_inference',
    request_data: { model: 'llama-7b', prompt: 'Hello world', max_tokens: 256 },
  });
  expect(status).toBe(200);
  expect(body).toEqual({ valid: true, errors: [], warnings: [] });
});

it('has the same under /api', async () => {
  const { status, body } = await call('POST', '/api/v1/jobs', PRINTED_JOB);
  expect(status).toBe(201);
  await world.miner.task();
  expect((await call('GET', `/api/v1/jobs/${body.job_id}`)).body.job_id).toBe(body.job_id);
  expect((await call('DELETE', `/api/v1/jobs/${body.job_id}`)).body.status).toBe('cancelled');
  await world.miner.raw.next('TASK_CANCEL');
  expect((await call('GET', '/api/v1/registry/services')).body).toEqual(
    (await call('GET', '/v1/registry/services')).body,
  );
});
