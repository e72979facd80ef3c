/** Miners that ask for work over HTTP: contract/aitbc.md, "How miners get work". */
import { randomUUID } from 'node:crypto';
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isSignedByMiner } from './support/independent-receipt.ts';
import { DECIMAL, ID, ISO, PRINTED_JOB, PRINTED_RESULTS } from './support/aitbc-world.ts';

let network: TestNetwork;
/** The client's. */
let key: string;

beforeAll(async () => {
  network = await createTestNetwork({ nodes: 0, coordinator: { feeBasisPoints: 1000 } });
  key = (await network.register()).api_key;
});
afterAll(() => network[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown, as = key) =>
  network.call(method, path, { key: as, ...(body !== undefined && { body }) });
const codeOf = ({ status, body }: { status: number; body: { error: { code: string } } }) => [status, body.error.code];
const wallet = async (as = key) => (await call('GET', '/plexus/v1/wallet', undefined, as)).body;
const createJob = async (fields: object = PRINTED_JOB): Promise<string> =>
  (await call('POST', '/v1/jobs', fields)).body.job_id;
const jobOf = async (jobId: string) => (await call('GET', `/v1/jobs/${jobId}`)).body;
const ECHO = { type: 'echo', input: { text: 'hello' } };
/** What has what the printed job asks for. */
const MACHINE = { services: ['ai-inference'], packages: ['numpy', 'torch'], cpu: '4000m', memory: '8Gi', gpus: 1 };

/** One miner with a key of its own. */
class Poller {
  readonly key: string;
  private constructor(ownKey: string) {
    this.key = ownKey;
  }

  static async register(fields: object): Promise<Poller & { readonly minerId: string; readonly token: string }> {
    const poller = new Poller((await network.register()).api_key);
    const { status, body } = await poller.post('register', fields);
    expect(status).toBe(200);
    return Object.assign(poller, { minerId: String(body.miner_id), token: String(body.session_token) });
  }

  post = (path: string, body: object, headers: Record<string, string> = {}) =>
    network.call('POST', `/v1/miners/${path}`, { key: this.key, body, headers });
  poll = (seconds = 5) => this.post('poll', { max_wait_seconds: seconds });
  /** Leaves, so that later jobs are nobody's. */
  leave = () => this.post('heartbeat', { status: 'draining' });
}

it('registers, beats, polls and tells a result, which is paid and has a receipt that verifies', async () => {
  const miner = await Poller.register({ capabilities: MACHINE, concurrency: 1, region: 'eu' });
  expect([miner.minerId, miner.token]).toEqual([ID, ID]);
  const beat = await miner.post('heartbeat', { inflight: 0, status: 'ONLINE', metadata: { load: 0.5 } });
  expect(beat.body).toEqual({ status: 'ok', cancelled: [] });
  const before = await wallet(miner.key);
  const jobId = await createJob();
  expect(await jobOf(jobId)).toMatchObject({ status: 'submitted' });
  const { status, body } = await miner.poll();
  expect(status).toBe(200);
  expect(body).toEqual({
    job_id: jobId,
    payload: {
      type: 'ai-inference',
      name: 'image-classification',
      input: { type: 'image', format: 'jpeg' },
      params: expect.objectContaining({ entrypoint: 'model.py' }),
    },
    constraints: { epoch: 1, deadline: ISO, unit_type: 'second', unit_price: DECIMAL, max_units: expect.any(Number) },
  });
  await miner.post('heartbeat', { inflight: 1, progress: { [jobId]: 40 } });
  expect(await jobOf(jobId)).toMatchObject({ status: 'running', progress: 40, miner_id: miner.minerId });
  const told = await miner.post(`${jobId}/result`, { result: PRINTED_RESULTS, metrics: { duration_ms: 12 } });
  expect(told.body).toEqual({ status: 'ok', job_id: jobId, job_status: 'completed', receipt_id: `receipt_${jobId}` });
  expect((await call('GET', `/v1/jobs/${jobId}/results`)).body.results).toEqual(PRINTED_RESULTS);
  const receipt = (await call('GET', `/v1/receipts/${jobId}`)).body;
  expect(receipt).toMatchObject({ miner_id: miner.minerId, unit_type: 'second', custodial: true });
  expect(isSignedByMiner(receipt)).toBe(true);
  expect((await call('POST', '/v1/receipts/verify', receipt)).body).toMatchObject({ valid: true });
  const { cost } = await jobOf(jobId);
  const earned = Number((await wallet(miner.key)).available) - Number(before.available);
  expect(earned).toBeCloseTo(Number(cost) * 0.9, 6);
  expect((await call('GET', `/v1/miners/${miner.minerId}/stats`)).body).toMatchObject({
    total_jobs: 1,
    success_rate: 1,
  });
  expect(codeOf(await miner.post(`${jobId}/result`, { result: 1 }))).toEqual([409, 'JOB_ALREADY_COMPLETED']);
  await miner.leave();
});

it('waits for a job that comes later, and answers 204 when none came', async () => {
  const miner = await Poller.register({ capabilities: ['echo'] });
  const polled = miner.poll();
  const jobId = await createJob(ECHO);
  expect((await polled).body).toMatchObject({ job_id: jobId, payload: { type: 'echo', input: { text: 'hello' } } });
  await miner.post(`${jobId}/result`, { result: { text: 'hello' } });
  const waiting = await createJob(ECHO);
  expect((await miner.poll(0)).body).toMatchObject({ job_id: waiting });
  const empty = await miner.poll(0.05);
  expect([empty.status, empty.body]).toEqual([204, undefined]);
  await miner.post(`${waiting}/result`, { result: 'x' });
  expect((await call('GET', `/v1/jobs/${jobId}/results`)).body.results).toEqual({ text: 'hello' });
  await miner.leave();
});

it('gives the client the object that a miner told, also where it has a text and nothing else', async () => {
  const miner = await Poller.register({ capabilities: ['whisper'] });
  const jobId = await createJob({ type: 'whisper', input: { audio_url: 'https://example.org/a.wav' } });
  expect((await miner.poll()).body.job_id).toBe(jobId);
  await miner.post(`${jobId}/result`, { result: { text: 'hello' }, metrics: { duration_ms: 1200 } });
  expect((await call('GET', `/v1/jobs/${jobId}/results`)).body.results).toEqual({ text: 'hello' });
  await miner.leave();
});

it('takes the answer of a language model in the form in which its client gets it', async () => {
  const miner = await Poller.register({ capabilities: ['llm_inference'] });
  const jobId = await createJob({ type: 'llm_inference', input: { prompt: 'Hi', max_tokens: 5 } });
  await miner.poll();
  const answer = { text: 'Hello', finish_reason: 'length', tokens_used: 6 };
  expect((await miner.post(`${jobId}/result`, { result: answer })).body).toMatchObject({ job_status: 'completed' });
  expect((await call('GET', `/v1/jobs/${jobId}/results`)).body.results).toEqual(answer);
  expect((await call('GET', `/v1/receipts/${jobId}`)).body).toMatchObject({ units: 6, unit_type: 'token' });
  await miner.leave();
});

it('shows no other count of tokens than the one that is paid', async () => {
  const miner = await Poller.register({ capabilities: ['llm_inference'] });
  const jobId = await createJob({ type: 'llm_inference', input: { prompt: 'Hi', max_tokens: 5 } });
  await miner.poll();
  const told = { result: { text: 'Hello', finish_reason: 7, tokens_used: 999 }, metrics: { units: 3 } };
  expect((await miner.post(`${jobId}/result`, told)).body).toMatchObject({ job_status: 'completed' });
  const { results } = (await call('GET', `/v1/jobs/${jobId}/results`)).body;
  expect(results).toEqual({ text: 'Hello', finish_reason: 'stop', tokens_used: 3 });
  await miner.leave();
});

it('counts the images of a result where its miner does not', async () => {
  const miner = await Poller.register({ capabilities: ['stable_diffusion'] });
  const jobId = await createJob({ type: 'stable_diffusion', input: { prompt: 'A sunset', num_images: 2 } });
  await miner.poll();
  const made = { images: ['https://example.org/1.png', 'https://example.org/2.png'], parameters: {} };
  expect((await miner.post(`${jobId}/result`, { result: made })).body).toMatchObject({ job_status: 'completed' });
  expect((await call('GET', `/v1/jobs/${jobId}/results`)).body.results).toEqual(made);
  expect((await call('GET', `/v1/receipts/${jobId}`)).body).toMatchObject({ units: 2, unit_type: 'image' });
  await miner.leave();
});

it('gives a miner as many jobs as it does at once, whatever it asks for', async () => {
  const miner = await Poller.register({ capabilities: ['echo', 'translation'], concurrency: 1 });
  const [first, second] = [await createJob(ECHO), await createJob({ type: 'translation', input: { text: 'a' } })];
  expect((await miner.poll()).body.job_id).toBe(first);
  expect((await miner.poll(0.05)).status).toBe(204);
  const polled = miner.poll();
  await miner.post(`${first}/result`, { result: 'hello' });
  expect((await polled).body.job_id).toBe(second);
  await miner.post(`${second}/result`, { result: 'b' });
  await miner.leave();
});

it('a job that fails goes to the next miner, and costs nothing when every one has failed', async () => {
  const [one, two] = [
    await Poller.register({ capabilities: ['echo'] }),
    await Poller.register({ capabilities: ['echo'] }),
  ];
  const before = await wallet();
  const jobId = await createJob(ECHO);
  expect((await one.poll()).body.job_id).toBe(jobId);
  const failed = { error_code: 'OOM', error_message: 'out of memory', metrics: {} };
  expect((await one.post(`${jobId}/fail`, failed)).body).toMatchObject({ status: 'ok', job_status: 'submitted' });
  const { body } = await two.poll();
  expect(body).toMatchObject({ job_id: jobId, constraints: { epoch: 2 } });
  expect(codeOf(await one.post(`${jobId}/result`, { result: 'late' }))).toEqual([404, 'JOB_NOT_FOUND']);
  const stale = await two.post(`${jobId}/result`, { result: 'x', epoch: 1 });
  expect(codeOf(stale)).toEqual([409, 'CONFLICT_STATE']);
  const unknown = await two.post(`${randomUUID()}/result`, { result: 'x' });
  expect(codeOf(unknown)).toEqual([404, 'JOB_NOT_FOUND']);
  expect((await two.post(`${jobId}/fail`, failed)).body).toMatchObject({ job_status: 'failed', receipt_id: null });
  expect(await jobOf(jobId)).toMatchObject({ status: 'failed', reason: 'out of memory', cost: '0' });
  expect(await wallet()).toEqual(before);
  await one.leave();
  await two.leave();
});

it('tells a miner until when its result is taken: the end of its turn, not of the hour that the job may wait', async () => {
  const miner = await Poller.register({ capabilities: ['echo'] });
  const jobId = await createJob(ECHO);
  const { constraints } = (await miner.poll()).body;
  const { timeout_seconds: turnSeconds } = (await call('GET', '/v1/registry/services/echo')).body;
  const leftMs = Date.parse(constraints.deadline) - Date.now();
  expect(leftMs).toBeLessThanOrEqual((turnSeconds + 5) * 1000);
  await miner.post(`${jobId}/result`, { result: 'hello' });
  await miner.leave();
});

it('tells a miner which of its jobs are cancelled, and takes no result for them', async () => {
  const miner = await Poller.register({ capabilities: ['echo'] });
  const jobId = await createJob(ECHO);
  await miner.poll();
  await call('DELETE', `/v1/jobs/${jobId}`);
  expect((await miner.post('heartbeat', {})).body.cancelled).toEqual([jobId]);
  expect((await miner.post('heartbeat', {})).body.cancelled).toEqual([]);
  expect(codeOf(await miner.post(`${jobId}/result`, { result: 'x' }))).toEqual([409, 'JOB_ALREADY_COMPLETED']);
  await miner.leave();
});

it('a miner that registers anew loses what it had, which it gets again under a new lease', async () => {
  const miner = await Poller.register({ capabilities: ['echo'] });
  const jobId = await createJob(ECHO);
  await miner.poll();
  const old = { 'x-session-token': miner.token };
  await miner.post('register', { capabilities: ['echo'] });
  expect(codeOf(await miner.post('heartbeat', {}, old))).toEqual([403, 'FORBIDDEN']);
  // Nobody will come back to the old lease: the job is in the line, before anybody asks for it.
  expect(await jobOf(jobId)).toMatchObject({ status: 'submitted' });
  expect((await miner.poll()).body).toMatchObject({ job_id: jobId, constraints: { epoch: 2 } });
  await miner.post(`${jobId}/result`, { result: 'hello' });
  await miner.leave();
});

it('a job whose offer was accepted is for the miner that made it, whatever it registered for', async () => {
  const miner = await Poller.register({ capabilities: { gpu: 'RTX 4090' } });
  const other = await Poller.register({ capabilities: MACHINE });
  const printed = { job_type: 'image-classification', price: '0.003', max_jobs: 1 };
  const offer = (await call('POST', '/v1/marketplace/offers', printed, miner.key)).body;
  expect(offer.miner_id).toBe(miner.minerId);
  const jobId = await createJob();
  await call('POST', `/v1/marketplace/offers/${offer.offer_id}/accept`, { job_id: jobId, bid_price: '0.003' });
  expect((await other.poll(0.05)).status).toBe(204);
  expect((await miner.poll()).body).toMatchObject({
    job_id: jobId,
    constraints: { unit_type: 'job', unit_price: '0.003' },
  });
  await miner.post(`${jobId}/result`, { result: PRINTED_RESULTS });
  expect(await jobOf(jobId)).toMatchObject({ status: 'completed', cost: '0.003' });
  await miner.leave();
  await other.leave();
});

it('pays for tokens that a miner says it counted, and for none that it does not', async () => {
  const miner = await Poller.register({ capabilities: { services: ['llm_inference'], models: ['llama-7b'] } });
  const jobId = await createJob({ type: 'llm_inference', input: { prompt: 'Hi', model: 'llama-7b', max_tokens: 5 } });
  await miner.poll();
  const uncounted = await miner.post(`${jobId}/result`, { result: 'ho' });
  expect(codeOf(uncounted)).toEqual([422, 'INVALID_PAYLOAD']);
  expect(uncounted.body.error.details).toMatchObject({ field: 'metrics' });
  expect(await jobOf(jobId)).toMatchObject({ status: 'running', miner_id: miner.minerId });
  const metrics = { prompt_tokens: 2, completion_tokens: 3, temperature: 0.7 };
  expect((await miner.post(`${jobId}/result`, { result: 'ho', metrics })).body).toMatchObject({
    job_status: 'completed',
  });
  expect((await call('GET', `/v1/jobs/${jobId}/results`)).body.results).toMatchObject({ text: 'ho', tokens_used: 5 });
  expect((await call('GET', `/v1/receipts/${jobId}`)).body).toMatchObject({ units: 5 });
  await miner.leave();
});

it('is told of a text to embed as a text, and of several as a list', async () => {
  const miner = await Poller.register({ capabilities: ['embedding'], concurrency: 2 });
  const embed = (body: object) => call('POST', '/plexus/v1/jobs', { service: 'embedding', ...body });
  expect((await embed({ content: 'hello' })).status).toBe(201);
  const one = await miner.poll();
  expect([one.status, one.body.payload]).toEqual([
    200,
    { type: 'embedding', name: null, input: { texts: 'hello' }, params: {} },
  ]);
  const refused = await embed({ content: 'hello', params: { batch: true } });
  expect([refused.status, refused.body.error]).toMatchObject([
    422,
    { code: 'INVALID_INPUT', details: { field: 'content' } },
  ]);
  await embed({ content: '["a","b"]', params: { batch: true } });
  expect((await miner.poll()).body.payload.input).toEqual({ texts: ['a', 'b'] });
  await miner.leave();
});

it('refuses whoever has not registered, and keys that may not', async () => {
  expect(codeOf(await call('POST', '/v1/miners/poll', { max_wait_seconds: 0 }))).toEqual([404, 'MINER_NOT_FOUND']);
  const { body } = await call('POST', '/plexus/v1/keys', { label: 'reader', scopes: ['read'] });
  const reader = await call('POST', '/v1/miners/register', { capabilities: [] }, body.api_key);
  expect(codeOf(reader)).toEqual([403, 'FORBIDDEN']);
  const wrong = await call('POST', '/v1/miners/register', { capabilities: { cpu: 'much' } });
  expect(codeOf(wrong)).toEqual([422, 'INVALID_PAYLOAD']);
});
