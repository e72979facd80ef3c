/** Seed 002, from Jobs to Health: what the page prints is sent as it is, and answers with the printed fields and types. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AitbcWorld, BASE64, DECIMAL, ID, ISO, MINER_ID, PRINTED_JOB, PRINTED_RESULTS } from './support/aitbc-world.ts';

const GIB = 1024 ** 3;

let world: AitbcWorld;
beforeAll(async () => {
  world = await AitbcWorld.create();
});
afterAll(() => world[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown) => world.call(method, path, body);

it('Create Job', async () => {
  const { status, body } = await call('POST', '/v1/jobs', PRINTED_JOB);
  expect(status).toBe(201);
  expect(body).toEqual({ job_id: ID, status: 'submitted', created_at: ISO, estimated_completion: null });
  const { task_type, content, params, receipt } = await world.miner.task();
  expect({ task_type, content: JSON.parse(content), params }).toEqual({
    task_type: 'python',
    content: { type: 'image', format: 'jpeg' },
    params: { entrypoint: 'model.py', requirements: ['numpy', 'torch'], cpu_millis: 1000, memory_bytes: 2 * GIB },
  });
  expect(receipt).toMatchObject({ unit_type: 'second' });
  await world.cancel(body.job_id);
});

it('Get Job Status, with the progress of its miner', async () => {
  const { jobId, task } = await world.createJob();
  world.miner.progress(task, 75);
  await expect.poll(async () => (await call('GET', `/v1/jobs/${jobId}`)).body.progress).toBe(75);
  const { status, body } = await call('GET', `/v1/jobs/${jobId}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    job_id: jobId,
    status: 'running',
    progress: 75,
    created_at: ISO,
    started_at: ISO,
    estimated_completion: ISO,
    miner_id: MINER_ID,
  });
  await world.cancel(jobId);
});

it('List Jobs', async () => {
  await world.completeJob();
  const { status, body } = await call('GET', '/v1/jobs?status=completed&type=ai-inference&limit=1&offset=0');
  expect(status).toBe(200);
  expect(body).toEqual({ jobs: [expect.anything()], total: expect.any(Number), limit: 1, offset: 0 });
  expect(body.jobs[0]).toMatchObject({ job_id: ID, status: 'completed', type: 'ai-inference', created_at: ISO });
  const plain = await call('GET', '/v1/jobs');
  expect(plain.body).toMatchObject({ limit: 50, offset: 0, total: plain.body.jobs.length });
});

it('Cancel Job: its miner hears of it, and what was held comes back', async () => {
  const balance = async () => (await world.network.call('GET', '/plexus/v1/wallet', { key: world.key })).body;
  const before = await balance();
  const { jobId } = await world.createJob();
  expect(await balance()).toMatchObject({ held: '0.1' });
  const { status, body } = await world.cancel(jobId);
  expect(status).toBe(200);
  expect(body).toEqual({ job_id: jobId, status: 'cancelled', cancelled_at: ISO });
  expect(await balance()).toEqual(before);
});

it('Get Job Results', async () => {
  const jobId = await world.completeJob();
  const { status, body } = await call('GET', `/v1/jobs/${jobId}/results`);
  expect(status).toBe(200);
  expect(body).toEqual({ job_id: jobId, status: 'completed', results: PRINTED_RESULTS, completed_at: ISO });
});

it('Get Receipt', async () => {
  const jobId = await world.completeJob();
  const { status, body } = await call('GET', `/v1/receipts/${jobId}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    receipt_id: `receipt_${jobId}`,
    job_id: jobId,
    miner_id: MINER_ID,
    signature: { sig: BASE64, public_key: BASE64 },
    attestations: [{ type: 'completion', timestamp: ISO, signature: BASE64 }],
    created_at: ISO,
  });
});

it('Verify Receipt, as it is printed: the id and the signature are enough', async () => {
  const { body: receipt } = await call('GET', `/v1/receipts/${await world.completeJob()}`);
  const { sig, public_key } = receipt.signature;
  const printed = { receipt: { receipt_id: receipt.receipt_id, signature: { sig, public_key } } };
  const { status, body } = await call('POST', '/v1/receipts/verify', printed);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    valid: true,
    miner_signature_valid: true,
    coordinator_attestations: 1,
    verified_at: ISO,
  });
});

it('Get Marketplace Stats', async () => {
  const { status, body } = await call('GET', '/v1/marketplace/stats');
  expect(status).toBe(200);
  expect(body).toEqual({
    total_jobs: expect.any(Number),
    active_jobs: expect.any(Number),
    completed_jobs: expect.any(Number),
    failed_jobs: expect.any(Number),
    average_completion_time: expect.any(Number),
    total_volume: DECIMAL,
    active_miners: 2,
  });
});

it('Get Miner Stats', async () => {
  await world.completeJob();
  const { status, body } = await call('GET', '/v1/miners/miner_1234567890/stats');
  expect(status).toBe(200);
  expect(body).toEqual({
    miner_id: MINER_ID,
    reputation: expect.any(Number),
    total_jobs: expect.any(Number),
    success_rate: 1,
    average_completion_time: expect.any(Number),
    total_earned: DECIMAL,
    active_since: ISO,
  });
  expect(body.total_jobs).toBeGreaterThan(0);
  expect(Number(body.total_earned)).toBeGreaterThan(0);
});

it.each(['/v1/health', '/api/v1/health'])('GET %s', async (path) => {
  const { status, body } = await world.network.call('GET', path);
  expect(status).toBe(200);
  expect(body).toEqual({
    status: 'ok',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    environment: expect.any(String),
    timestamp: ISO,
    services: { database: 'healthy', blockchain: 'healthy', marketplace: 'healthy' },
  });
});
