/** What becomes of AITBC's jobs beyond the page's examples: where they run, what they cost, how they end. */
import { randomUUID } from 'node:crypto';
import { Miner } from '@plexus/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AitbcWorld, ISO, MINER_ID, PRINTED_JOB } from './support/aitbc-world.ts';

const GIB = 1024 ** 3;

let world: AitbcWorld;
beforeAll(async () => {
  world = await AitbcWorld.create();
});
afterAll(() => world[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown) => world.call(method, path, body);
const wallet = async () => (await call('GET', '/plexus/v1/wallet')).body;
const create = async (changes: object) => (await call('POST', '/v1/jobs', { ...PRINTED_JOB, ...changes })).body;

it.each([
  [{ cpu: '5' }, 'has 4 processors, 5 are asked for'],
  [{ memory: '9Gi' }, 'has 8 GiB of memory, 9 are asked for'],
  [{ gpu: '2' }, 'has 1 graphics processors, 2 are asked for'],
])('a job that asks for %j waits, and says who has too little of what', async (resources, why) => {
  const { job_id: id } = await create({ resources, pricing: { max_cost: '1' } });
  const { body } = await call('GET', `/v1/jobs/${id}`);
  expect(body).toMatchObject({ status: 'submitted', progress: 0, miner_id: null, started_at: null });
  expect(body.reason).toBe(`${MINER_ID}: ${why}`);
  const { body: explained } = await call('GET', `/plexus/v1/jobs/${id}/explain`);
  expect(explained.decisions.at(-1)).toMatchObject({ chosen: null, unfit: [`${MINER_ID}: ${why}`] });
  expect(explained.decisions.at(-1).considered).toContainEqual(expect.objectContaining({ ruled_out: why }));
  await call('DELETE', `/v1/jobs/${id}`);
});

it('a job whose miners have too much to do says that it waits for one of them', async () => {
  const ids = [];
  // The miner takes four at once, and has what the printed job asks for alone.
  for (let count = 0; count < 5; count += 1) ids.push((await create({})).job_id);
  const tasks = [];
  for (let count = 0; count < 4; count += 1) tasks.push(await world.miner.task());
  const { body } = await call('GET', `/v1/jobs/${ids[4]}`);
  expect(body).toMatchObject({ status: 'submitted', reason: expect.stringContaining('busy') });
  await call('DELETE', `/v1/jobs/${ids[4]}`);
  for (const { task_id: id } of tasks) await world.cancel(id);
});

it('a program may be given less time than it has unless told', async () => {
  const { job_id: id } = await create({ model: { ...PRINTED_JOB.model, timeout_seconds: 20 } });
  const task = await world.miner.task();
  expect(task).toMatchObject({ task_id: id, params: { timeout_seconds: 20 } });
  await world.cancel(id);
});

it("a program's files are named by addresses that a client can fetch", async () => {
  const { jobId, task } = await world.createJob();
  const file = { name: 'a.txt', size: 1, sha256: 'a'.repeat(64), content_type: 'text/plain' };
  const output = JSON.stringify({ n: 1, output_files: [{ ...file, url: '/artifacts/t/a.txt' }] });
  world.miner.complete(task, { output, units: 1 });
  await world.ended(jobId);
  const { body } = await call('GET', `/v1/jobs/${jobId}/results`);
  expect(body.results).toEqual({ n: 1, output_files: [{ ...file, url: `${world.network.url}/artifacts/t/a.txt` }] });
});

it('a job that nobody can do yet runs as soon as a miner comes that can', async () => {
  const { job_id: id } = await create({ type: 'container', input: { data: { n: 1 } }, resources: { memory: '16Gi' } });
  const { body: waiting } = await call('GET', `/v1/jobs/${id}`);
  expect(waiting).toMatchObject({ status: 'submitted', estimated_completion: null });
  expect(waiting.reason).toBe('no connected node offers "container"');
  const resources = { cpu_millis: 1000, memory_bytes: 16 * GIB, gpus: [] };
  const services = [{ id: 'container', concurrency: 1 }];
  const late = await Miner.connect(world.network.url, { nodeId: 'late', services, resources });
  const task = await late.task();
  expect(task).toMatchObject({ task_id: id, content: '{"n":1}', receipt: { max_units: 1, unit_price_micro: '0' } });
  late.complete(task, { output: '[1,2]', units: 1 });
  expect(await world.ended(id)).toMatchObject({ state: 'completed', cost: '0' });
  expect((await call('GET', `/v1/jobs/${id}/results`)).body.results).toEqual({ output: [1, 2] });
  late.raw.terminate();
});

it('holds the maximum, charges what was used, and gives the rest back', async () => {
  const before = await wallet();
  const { jobId, task } = await world.createJob();
  expect(await wallet()).toMatchObject({ held: '0.1' });
  // One unit of the held ones more than the job could ever use is no unit that is paid.
  expect(task.receipt).toMatchObject({ max_units: 300, unit_price_micro: '100' });
  world.miner.complete(task, { output: '{}', units: 1 });
  expect(await world.ended(jobId)).toMatchObject({ state: 'completed', cost: '0.0001', held: '0' });
  expect(await wallet()).toMatchObject({ held: '0', spent: expect.any(String) });
  const after = await wallet();
  expect((Number(before.available) - Number(after.available)).toFixed(4)).toBe('0.0001');
});

it('a miner that claims more seconds than have passed is not paid', async () => {
  const { jobId, task } = await world.createJob();
  world.miner.complete(task, { output: '{}', units: 200 });
  expect(await world.ended(jobId)).toMatchObject({ state: 'failed', cost: '0' });
  const { status, body } = await call('GET', `/v1/jobs/${jobId}/results`);
  expect(status).toBe(409);
  expect(body.error).toMatchObject({ code: 'CONFLICT_STATE', details: { state: 'failed' } });
  expect(body.error.message).toContain('longer than it had the job');
});

it('says when a job is likely to end once such jobs were measured, before and while it runs', async () => {
  const { body: none } = await call('POST', '/v1/services/ffmpeg/transcode', {
    input_url: 'https://example.com/v.mp4',
  });
  expect(none.estimated_completion).toBeNull();
  world.miner.complete(await world.miner.task(), { output: '{}', units: 1 });
  await world.ended(none.job_id);
  const { body: next } = await call('POST', '/v1/services/ffmpeg/transcode', {
    input_url: 'https://example.com/v.mp4',
  });
  expect(next.estimated_completion).toEqual(ISO);
  const task = await world.miner.task();
  world.miner.progress(task, 50);
  await expect.poll(async () => (await call('GET', `/v1/jobs/${next.job_id}`)).body.progress).toBe(50);
  const { body: running } = await call('GET', `/v1/jobs/${next.job_id}`);
  // Half is done: the other half takes as long as the first did.
  const [begun, end] = [Date.parse(running.started_at), Date.parse(running.estimated_completion)];
  expect(end).toBeGreaterThanOrEqual(begun);
  await world.cancel(next.job_id);
});

it('one Idempotency-Key makes one job, and another body under it is a conflict', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const post = (path: string, body: object) => world.network.call('POST', path, { key: world.key, body, headers });
  const prompt = { prompt: 'Once', model: 'llama-7b' };
  const answers = await Promise.all([1, 2, 3].map(() => post('/v1/services/llm/inference', prompt)));
  expect(new Set(answers.map(({ body }) => body.job_id)).size).toBe(1);
  const { status, body } = await post('/v1/services/llm/inference', { ...prompt, max_tokens: 9 });
  expect([status, body.error.code]).toEqual([409, 'CONFLICT_STATE']);
  const id = answers[0]?.body.job_id;
  expect(await world.miner.task()).toMatchObject({ task_id: id });
  await world.cancel(id);
});

it('lists true totals by status and type, page by page', async () => {
  const { api_key: key } = await world.network.register();
  const asked = (path: string) => world.network.call('GET', path, { key });
  for (const type of ['container', 'container', 'whisper']) {
    const input = type === 'container' ? {} : { audio_url: 'https://example.com/a.mp3' };
    const body = { type, input: { ...input, data: 1 }, resources: { memory: '900Gi' }, name: `a ${type}` };
    expect((await world.network.call('POST', '/v1/jobs', { key, body })).status).toBe(201);
  }
  const { body: first } = await asked('/v1/jobs?limit=1');
  expect(first).toMatchObject({ total: 3, limit: 1, offset: 0, jobs: [{ type: 'whisper', name: 'a whisper' }] });
  await world.network.call('DELETE', `/v1/jobs/${first.jobs[0].job_id}`, { key });
  const pageOf = async (query: string) => {
    const { body } = await asked(`/v1/jobs?${query}`);
    return [body.total, ...body.jobs.map(({ type, status }: Record<string, string>) => `${type} ${status}`)];
  };
  expect(await pageOf('status=cancelled')).toEqual([1, 'whisper cancelled']);
  expect(await pageOf('type=container')).toEqual([2, 'container submitted', 'container submitted']);
  expect(await pageOf('type=container&offset=1&limit=5')).toEqual([2, 'container submitted']);
  expect(await pageOf('type=container&status=completed')).toEqual([0]);
  expect(await pageOf('type=nothing')).toEqual([0]);
  expect(await pageOf('offset=99')).toEqual([3]);
});

it('a job of another dialect is a job here, under the name that its service has here', async () => {
  const body = { task_type: 'echo', content: 'Hello', api_key: world.key };
  const { body: task } = await world.network.call('POST', '/api/v1/request', { body });
  const { body: job } = await call('GET', `/v1/jobs/${task.task_id}`);
  expect(job).toMatchObject({ status: 'completed', progress: 100, type: 'echo', name: null, cost: '10', reason: null });
  expect((await call('GET', `/v1/jobs/${task.task_id}/results`)).body.results).toEqual({ text: 'Echo: Hello' });
  const mine = await create({
    type: 'echo',
    input: { type: 'x', format: 'y', text: 'Hi' },
    pricing: {},
    resources: {},
  });
  expect(await world.ended(mine.job_id)).toMatchObject({ service: 'echo', state: 'completed', result: 'Echo: Hi' });
});
