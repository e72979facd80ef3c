/** Seed 002, "Error Codes", and the further codes of the contract: each is reached over HTTP, and changes nothing. */
import { createMemoryBooks, createTestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AitbcWorld, PRINTED_JOB } from './support/aitbc-world.ts';

let world: AitbcWorld;
beforeAll(async () => {
  world = await AitbcWorld.create();
});
afterAll(() => world[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown) => world.call(method, path, body);
const NOWHERE = '/v1/jobs/00000000-0000-7000-8000-000000000000';

interface Refused {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly error: { code: string; message: string; details: Record<string, unknown> } };
}

/** Expects a refusal in the dialect's one shape, which names its request. */
function expectRefused({ status, headers, body }: Refused, expected: readonly [number, string]): void {
  expect([status, body.error.code]).toEqual(expected);
  expect(body).toEqual({
    error: { code: expected[1], message: expect.stringMatching(/\S/), details: expect.any(Object) },
  });
  expect(body.error.details['request_id']).toBe(headers.get('x-request-id'));
}

it.each(['image-classification', 'llm', 'ai_inference'])('INVALID_JOB_TYPE for %j', async (type) => {
  const answer = await call('POST', '/v1/jobs', { ...PRINTED_JOB, type });
  expectRefused(answer, [400, 'INVALID_JOB_TYPE']);
  expect(answer.body.error.details).toMatchObject({
    type,
    available: expect.arrayContaining(['ai-inference', 'whisper']),
  });
});

it('INVALID_JOB_TYPE for a program in another language', async () => {
  const answer = await call('POST', '/v1/jobs', { ...PRINTED_JOB, model: { type: 'cobol', entrypoint: 'a.cob' } });
  expectRefused(answer, [400, 'INVALID_JOB_TYPE']);
  expect(answer.body.error.message).toContain('model.type must be "python"');
});

it('INSUFFICIENT_BALANCE, with both figures', async () => {
  const input = { text: 'x'.repeat(200_000) };
  const answer = await call('POST', '/v1/jobs', { type: 'echo', input });
  expectRefused(answer, [402, 'INSUFFICIENT_BALANCE']);
  expect(answer.body.error.details).toMatchObject({ required: '2000', available: expect.any(String) });
});

it.each([
  ['GET', NOWHERE],
  ['DELETE', NOWHERE],
  ['GET', `${NOWHERE}/results`],
])('JOB_NOT_FOUND for %s %s', async (method, path) => {
  expectRefused(await call(method, path), [404, 'JOB_NOT_FOUND']);
});

it("JOB_NOT_FOUND for somebody else's job, and RECEIPT_NOT_FOUND for its receipt", async () => {
  const jobId = await world.completeJob();
  const { api_key: key } = await world.network.register();
  const stranger = (method: string, path: string) => world.network.call(method, path, { key });
  expectRefused(await stranger('GET', `/v1/jobs/${jobId}`), [404, 'JOB_NOT_FOUND']);
  expectRefused(await stranger('DELETE', `/v1/jobs/${jobId}`), [404, 'JOB_NOT_FOUND']);
  expectRefused(await stranger('GET', `/v1/receipts/${jobId}`), [404, 'RECEIPT_NOT_FOUND']);
});

it('JOB_ALREADY_COMPLETED for what is just ending, with what it ended as', async () => {
  const { jobId } = await world.createJob();
  const answers = await Promise.all([call('DELETE', `/v1/jobs/${jobId}`), call('DELETE', `/v1/jobs/${jobId}`)]);
  const [done, late] = answers.toSorted((a, b) => a.status - b.status);
  expect(done).toMatchObject({ status: 200, body: { status: 'cancelled' } });
  expect(late).toMatchObject({
    status: 409,
    body: { error: { code: 'JOB_ALREADY_COMPLETED', details: { state: 'cancelled' } } },
  });
  await world.miner.raw.next('TASK_CANCEL');
});

it('JOB_ALREADY_COMPLETED for what has ended; JOB_NOT_READY and RECEIPT_NOT_FOUND before', async () => {
  const { jobId, task } = await world.createJob();
  const early = await call('GET', `/v1/jobs/${jobId}/results`);
  expectRefused(early, [425, 'JOB_NOT_READY']);
  expect(early.body.error.details).toMatchObject({ job_id: jobId, state: 'running' });
  expectRefused(await call('GET', `/v1/receipts/${jobId}`), [404, 'RECEIPT_NOT_FOUND']);
  world.miner.complete(task, { output: '{}', units: 1 });
  await world.ended(jobId);
  expectRefused(await call('DELETE', `/v1/jobs/${jobId}`), [409, 'JOB_ALREADY_COMPLETED']);
});

it('JOB_NOT_READY tells a state by the word that the job is shown with', async () => {
  const { job_id } = (await call('POST', '/v1/jobs', { ...PRINTED_JOB, pricing: { by_offer: true } })).body;
  const { status } = (await call('GET', `/v1/jobs/${job_id}`)).body;
  const early = await call('GET', `/v1/jobs/${job_id}/results`);
  expect([status, early.body.error.details.state]).toEqual(['submitted', 'submitted']);
  await call('DELETE', `/v1/jobs/${job_id}`);
});

it('CONFLICT_STATE for the results of what has none, with the reason', async () => {
  const { jobId, task } = await world.createJob();
  world.miner.refuse(task, 'model.py does not exist');
  await world.ended(jobId);
  const answer = await call('GET', `/v1/jobs/${jobId}/results`);
  expectRefused(answer, [409, 'CONFLICT_STATE']);
  const facts = { job_id: jobId, state: 'failed', reason: 'refused_input', error: 'model.py does not exist' };
  expect(answer.body.error.details).toMatchObject(facts);
  expect((await call('GET', `/v1/jobs/${jobId}`)).body.reason).toBe('model.py does not exist');
});

it.each([undefined, 'nobody'])('INVALID_API_KEY for %j', async (key) => {
  const answer = await world.network.call('GET', '/v1/jobs', key === undefined ? {} : { key });
  expectRefused(answer, [401, 'INVALID_API_KEY']);
  expect(answer.headers.get('www-authenticate')).toBe('Bearer');
});

it('takes the key in X-Api-Key too', async () => {
  const { status } = await world.network.call('GET', '/v1/jobs', { headers: { 'x-api-key': world.key } });
  expect(status).toBe(200);
});

it('FORBIDDEN for a key that may not', async () => {
  const { body } = await call('POST', '/plexus/v1/keys', { scopes: ['read'] });
  const answer = await world.network.call('POST', '/v1/jobs', { key: body.api_key, body: PRINTED_JOB });
  expectRefused(answer, [403, 'FORBIDDEN']);
});

it.each([
  [{ type: 5 }, 'type'],
  [{ type: undefined }, 'type'],
  [{ name: 7 }, 'name'],
  [{ resources: { cpu: 'much' } }, 'resources.cpu'],
  [{ resources: { memory: '99999999999999Ei' } }, 'resources.memory'],
  [{ resources: { memory: '1' } }, 'resources.memory'],
  [{ pricing: { max_cost: 0.1 } }, 'pricing.max_cost'],
  [{ pricing: { max_cost: '-1' } }, 'pricing.max_cost'],
  [{ model: undefined }, 'model'],
  [{ model: { type: 'python' } }, 'model.entrypoint'],
  [{ model: { type: 'python', entrypoint: 'a.py', bundle: 'no hash' } }, 'model.bundle'],
  [{ model: { type: 'python', entrypoint: 'a.py', bundle: 'a'.repeat(64) } }, 'model.bundle'],
  [{ type: 'python', input: { entrypoint: 'a.py', bundle: 'a'.repeat(64), input: 1 } }, 'input.bundle'],
  [{ model: { type: 'python', entrypoint: 'a.py', timeout_seconds: 0 } }, 'model.timeout_seconds'],
  [{ type: 'llm_inference', input: 'a text' }, 'input'],
  [{ type: 'llm_inference', input: { type: 'text' } }, 'input.prompt'],
  [{ type: 'llm_inference', input: { prompt: 'x', max_tokens: 4097 } }, 'input.max_tokens'],
  [{ type: 'blender', input: { blend_file_url: 'https://x.y/z', frame_start: 9, frame_end: 2 } }, 'input.frame_end'],
  [{ type: 'whisper', input: { audio_url: 'file:///etc/passwd' } }, 'input.audio_url'],
])('INVALID_PAYLOAD for %j', async (changes, field) => {
  const answer = await call('POST', '/v1/jobs', { ...PRINTED_JOB, ...changes });
  expectRefused(answer, [422, 'INVALID_PAYLOAD']);
  expect(answer.body.error.details).toMatchObject({ field });
});

it('INVALID_PAYLOAD for a maximum that the job may exceed, with both figures', async () => {
  const answer = await call('POST', '/v1/jobs', { ...PRINTED_JOB, pricing: { max_cost: '0.01' } });
  expectRefused(answer, [422, 'INVALID_PAYLOAD']);
  expect(answer.body.error.details).toMatchObject({
    field: 'pricing.max_cost',
    required: '0.03',
    maximum: '0.01',
  });
});

it.each([
  ['/v1/services/whisper/transcribe', { audio_url: 'https://x.y/z', temperature: 1.5 }, 'temperature'],
  ['/v1/services/stable-diffusion/generate', { prompt: 'x', num_images: 5 }, 'num_images'],
  ['/v1/services/stable-diffusion/generate', { prompt: 'x', num_inference_steps: 101 }, 'num_inference_steps'],
  ['/v1/services/llm/inference', { prompt: 'x'.repeat(10_001) }, 'prompt'],
  ['/v1/services/ffmpeg/transcode', { input_url: 'https://x.y/z', codec: 'h264; rm -rf /' }, 'codec'],
  ['/v1/services/blender/render', { blend_file_url: 'https://x.y/z', samples: 0 }, 'samples'],
  ['/v1/services/blender/render', { blend_file_url: 'https://x.y/z', frame_start: 2, frame_end: 1 }, 'frame_end'],
])('INVALID_PAYLOAD at %s for %j', async (path, body, field) => {
  const answer = await call('POST', path, body);
  expectRefused(answer, [422, 'INVALID_PAYLOAD']);
  expect(answer.body.error.details).toMatchObject({ field });
});

it('INVALID_PAYLOAD for a body that is no JSON, a query of the wrong kind and a bad Idempotency-Key', async () => {
  expectRefused(await call('POST', '/v1/jobs', '{"type": '), [422, 'INVALID_PAYLOAD']);
  expectRefused(await call('GET', '/v1/jobs?status=done'), [422, 'INVALID_PAYLOAD']);
  expectRefused(await call('GET', '/v1/jobs?limit=0'), [422, 'INVALID_PAYLOAD']);
  expectRefused(await call('GET', '/v1/registry/services?category=none'), [422, 'INVALID_PAYLOAD']);
  const headers = { 'idempotency-key': 'with blanks' };
  const answer = await world.network.call('POST', '/v1/jobs', { key: world.key, body: PRINTED_JOB, headers });
  expectRefused(answer, [422, 'INVALID_PAYLOAD']);
});

it('NO_ELIGIBLE_MINER at once, with the reason, for a service that no online node offers', async () => {
  await using alone = await createTestNetwork({ nodes: 1 });
  const { api_key: key } = await alone.register();
  const body = { audio_url: 'https://example.com/audio.mp3' };
  const answer = await alone.call('POST', '/v1/services/whisper/transcribe', { key, body });
  expectRefused(answer, [503, 'NO_ELIGIBLE_MINER']);
  expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(answer.body.error.details).toMatchObject({ unfit: ['no connected node offers "whisper"'] });
  expect((await alone.call('GET', '/v1/jobs', { key })).body.total).toBe(0);
});

it('NO_ELIGIBLE_MINER for a model that nobody serves', async () => {
  const answer = await call('POST', '/v1/services/llm/inference', { model: 'gpt-9', prompt: 'x' });
  expectRefused(answer, [503, 'NO_ELIGIBLE_MINER']);
  expect(answer.body.error.details).toMatchObject({ model: 'gpt-9', available: ['llama-7b'] });
});

it.each([
  ['GET', '/v1/registry/services/none', 'SERVICE_NOT_FOUND'],
  ['GET', '/v1/registry/services/none/schema', 'SERVICE_NOT_FOUND'],
  ['GET', '/v1/registry/services/none/requirements', 'SERVICE_NOT_FOUND'],
  ['GET', '/v1/receipts/none', 'RECEIPT_NOT_FOUND'],
  ['GET', '/v1/miners/none/stats', 'MINER_NOT_FOUND'],
  ['GET', '/v1/nothing', 'NOT_FOUND'],
  ['GET', '/api/v1/jobs/x/nothing', 'NOT_FOUND'],
])('%s %s answers 404 %s', async (method, path, code) => {
  expectRefused(await call(method, path), [404, code]);
});

it('SERVICE_NOT_FOUND when a request of an unknown service is to be checked', async () => {
  const body = { service_id: 'none', request_data: {} };
  expectRefused(await call('POST', '/v1/registry/services/validate', body), [404, 'SERVICE_NOT_FOUND']);
});

it("what Fastify itself refuses is in the dialect's words too; other dialects' paths keep theirs", async () => {
  const wrong = await call('PATCH', '/v1/jobs', {});
  expectRefused(wrong, [405, 'METHOD_NOT_ALLOWED']);
  expect(wrong.headers.get('allow')).toContain('POST');
  const headers = { 'content-type': 'text/plain' };
  const typed = await world.network.call('POST', '/v1/jobs', { key: world.key, body: 'x', headers });
  expectRefused(typed, [415, 'UNSUPPORTED_MEDIA_TYPE']);
  const large = { ...PRINTED_JOB, input: 'x'.repeat(11 * 1024 * 1024) };
  expectRefused(await call('POST', '/v1/jobs', large), [413, 'BODY_TOO_LARGE']);
  const unknown = await call('POST', '/v1/responses?a=b', { model: 'default' });
  expectRefused(unknown, [404, 'NOT_FOUND']);
  expect(unknown.body.error.message).toBe('There is no POST /v1/responses here');
  expect((await call('GET', '/api/v1/nothing')).body).toEqual({ detail: 'Not Found' });
  expect((await call('GET', '/v1/models/none')).body.error).toHaveProperty('param');
});

it('RATE_LIMIT_EXCEEDED after 600 requests of one key in a minute, over both bases together, with Retry-After', async () => {
  await using limited = await createTestNetwork({ nodes: 0, coordinator: { rateLimits: 'on' } });
  const { api_key: key } = await limited.register();
  const ask = async (index: number) =>
    await limited.call('GET', `${index % 2 === 0 ? '' : '/api'}/v1/jobs?limit=1`, { key });
  const answers = [];
  for (let round = 0; round < 12; round++) {
    answers.push(...(await Promise.all(Array.from({ length: 50 }, (_, index) => ask(index)))));
  }
  // A limit that is used up comes back at ten a second.
  const refused = [];
  for (let index = 0; refused.length === 0 && index < 2000; index++) {
    const answer = await ask(index);
    if (answer.status !== 200) refused.push(answer);
  }
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(599);
  const [first] = refused;
  if (!first) throw new Error('Nothing was refused');
  expectRefused(first, [429, 'RATE_LIMIT_EXCEEDED']);
  expect(Number(first.headers.get('retry-after'))).toBeGreaterThan(0);
  const other = await limited.register();
  expect((await limited.call('GET', '/v1/jobs', { key: other.api_key })).status).toBe(200);
});

it('INTERNAL_ERROR for a fault of the server, whose cause is kept from the caller', async () => {
  const books = createMemoryBooks();
  const read = { ...books.read, pageJobs: () => Promise.reject(new Error('the disk is on fire')) };
  await using broken = await createTestNetwork({ nodes: 0, coordinator: { books: { ...books, read } } });
  const { api_key: key } = await broken.register();
  const answer = await broken.call('GET', '/v1/jobs', { key });
  expectRefused(answer, [500, 'INTERNAL_ERROR']);
  expect(JSON.stringify(answer.body)).not.toContain('fire');
});

it('changes nothing by any refusal', async () => {
  const wallet = async () => (await call('GET', '/plexus/v1/wallet')).body;
  const [before, jobs] = [await wallet(), (await call('GET', '/v1/jobs')).body.total];
  await call('POST', '/v1/jobs', { ...PRINTED_JOB, type: 'nothing' });
  await call('POST', '/v1/jobs', { ...PRINTED_JOB, resources: { cpu: 'x' } });
  await call('POST', '/v1/services/llm/inference', { prompt: '' });
  expect([await wallet(), (await call('GET', '/v1/jobs')).body.total]).toEqual([before, jobs]);
});
