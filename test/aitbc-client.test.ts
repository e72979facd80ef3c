/** The JavaScript client of AITBC's page, against a real network. */
import { AITBCClient, ApiError } from '@aitbc/client';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { AitbcWorld, ISO, MINER_ID, PRINTED_JOB, PRINTED_RESULTS } from './support/aitbc-world.ts';

let world: AitbcWorld;
let client: AITBCClient;
beforeAll(async () => {
  world = await AitbcWorld.create();
  vi.stubEnv('AITBC_BASE_URL', world.network.url);
  client = new AITBCClient({ apiKey: world.key });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await world[Symbol.asyncDispose]();
});

async function mine(output: object): Promise<void> {
  world.miner.complete(await world.miner.task(), { output: JSON.stringify(output), units: 1 });
}

it('does what the page prints: creates a job, and gets its results once they are there', async () => {
  const your_key = world.key;

  // As it is printed from here on, with a job in the place of the dots.
  const client = new AITBCClient({ apiKey: your_key });

  // Create a job
  const job = await client.jobs.create({
    ...PRINTED_JOB,
    name: 'my-job',
    type: 'ai-inference',
  });
  const mined = mine(PRINTED_RESULTS);

  // Get results
  const results = await client.jobs.getResults(job.jobId);

  await mined;
  expect(job).toEqual({ jobId: job.jobId, status: 'submitted', createdAt: ISO, estimatedCompletion: null });
  expect(results).toEqual({ jobId: job.jobId, status: 'completed', results: PRINTED_RESULTS, completedAt: ISO });
});

it('takes fields in either form, follows a job and cancels it', async () => {
  const { name, type, model, input, resources } = PRINTED_JOB;
  const job = await client.jobs.create({ name, type, model, input, resources, pricing: { maxCost: '0.10' } });
  await world.miner.task();
  expect(await client.jobs.get(job.jobId)).toMatchObject({ jobId: job.jobId, minerId: MINER_ID, startedAt: ISO });
  const listed = await client.jobs.list({ status: 'running', limit: 1 });
  expect(listed).toMatchObject({ total: 1, jobs: [{ jobId: job.jobId, createdAt: ISO }] });
  await expect(client.jobs.getResults(job.jobId, { waitMs: 0 })).rejects.toMatchObject({ code: 'JOB_NOT_READY' });
  expect(await client.jobs.cancel(job.jobId)).toMatchObject({ status: 'cancelled', cancelledAt: ISO });
  const error = await client.jobs.getResults(job.jobId).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 409, code: 'CONFLICT_STATE' });
});

it('stops waiting when its signal says so', async () => {
  const { jobId } = await client.jobs.create({ type: 'container', input: { data: 1 } });
  const controller = new AbortController();
  const waiting = client.jobs.getResults(jobId, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await client.jobs.cancel(jobId);
});

it('gets a receipt and has it checked in the form in which it came', async () => {
  const receipt = await client.receipts.get(await world.completeJob());
  expect(receipt).toMatchObject({ minerId: MINER_ID, signature: { publicKey: expect.any(String) }, createdAt: ISO });
  const verified = await client.receipts.verify(receipt);
  expect(verified).toMatchObject({ valid: true, minerSignatureValid: true, coordinatorAttestations: 1 });
  const forged = await client.receipts.verify({ ...receipt, price: '9' });
  expect(forged).toMatchObject({ valid: false, minerSignatureValid: false });
  expect(await client.receipts.verify({ receipt })).toMatchObject({ valid: true });
  const { receiptId, signature } = receipt;
  expect(await client.receipts.verify({ receiptId, signature })).toMatchObject({ valid: true });
});

it('asks each of the services', async () => {
  const { whisper, stableDiffusion, llm, ffmpeg, blender } = client.services;
  const jobs = [
    await whisper.transcribe({ audioUrl: 'https://example.com/audio.mp3' }),
    await stableDiffusion.generate({ prompt: 'x', numImages: 2 }),
    await llm.inference({ prompt: 'x', maxTokens: 5, model: 'llama-7b' }),
    await ffmpeg.transcode({ inputUrl: 'https://example.com/video.mp4' }),
    await blender.render({ blendFileUrl: 'https://example.com/s.blend', resolutionX: 9 }),
  ];
  const types = jobs.map(({ serviceType }) => serviceType);
  expect(types).toEqual(['whisper', 'stable_diffusion', 'llm_inference', 'ffmpeg', 'blender']);
  const params = [];
  for (const { jobId } of jobs) {
    params.push((await world.miner.task()).params);
    await client.jobs.cancel(jobId);
  }
  expect(params).toEqual([{}, { num_images: 2 }, { model: 'llama-7b', max_tokens: 5 }, {}, { resolution_x: 9 }]);
});

it('reads the registry and the figures', async () => {
  const found = await client.registry.list({ category: 'media_processing' });
  expect(found.map(({ id, timeoutSeconds }) => [id, timeoutSeconds])).toEqual([
    ['ffmpeg', 600],
    ['blender', 1800],
  ]);
  const definition = await client.registry.get('llm_inference');
  expect(definition.inputParameters[0]).toMatchObject({ name: 'prompt', required: true, minValue: null });
  expect((await client.registry.schema('llm_inference')).properties).toHaveProperty('max_tokens');
  expect(await client.registry.requirements('ffmpeg')).toHaveProperty('requirements');
  expect(await client.registry.validate('llm_inference', { prompt: 'x', best_of: 1 })).toEqual({
    valid: true,
    errors: [],
    warnings: ['Unknown parameter: best_of; it changes nothing'],
  });
  expect(await client.marketplace.stats()).toMatchObject({ activeMiners: 2, totalJobs: expect.any(Number) });
  expect(await client.miners.stats(MINER_ID)).toMatchObject({ minerId: MINER_ID, activeSince: ISO });
  expect(await client.health()).toMatchObject({ status: 'ok', services: { blockchain: 'healthy' } });
});

it('says why it was refused', async () => {
  const stranger = new AITBCClient({ apiKey: 'your_key', baseUrl: `${world.network.url}/api` });
  await expect(stranger.jobs.list()).rejects.toMatchObject({ status: 401, code: 'INVALID_API_KEY' });
});

it('offers, bids and takes an offer back', async () => {
  const { offerId, minerId } = await client.marketplace.createOffer({
    jobType: 'my-job',
    price: '0.004',
    requirements: { minCpu: '2000m' },
  });
  const listed = await client.marketplace.listOffers({ jobType: 'my-job', maxPrice: '0.004' });
  const expected = { offerId, minerId, price: '0.004', jobsLeft: 1, requirements: { min_cpu: '2000m' } };
  expect(listed.offers).toEqual([expect.objectContaining(expected)]);
  const { jobId } = await client.jobs.create({ ...PRINTED_JOB, name: 'my-job', pricing: { byOffer: true } });
  const accepted = await client.marketplace.acceptOffer(offerId, { jobId, bidPrice: '0.005' });
  expect(accepted).toMatchObject({ transactionId: expect.any(String), status: 'pending', price: '0.004' });
  expect(await client.marketplace.getTransaction(accepted.transactionId)).toEqual(accepted);
  expect(await client.marketplace.getOffer(offerId)).toMatchObject({ status: 'used_up', jobsLeft: 0 });
  await client.jobs.cancel(jobId);
  const other = await client.marketplace.createOffer({ jobType: 'my-job', price: '1' });
  expect(await client.marketplace.withdrawOffer(other.offerId)).toMatchObject({ status: 'withdrawn' });
});

it('polls for work, and tells what became of it', async () => {
  const { api_key: apiKey } = await world.network.register();
  const { miners } = new AITBCClient({ apiKey });
  const { minerId } = await miners.register({ capabilities: ['embedding'], concurrency: 2, region: 'eu' });
  expect(await miners.poll({ maxWaitSeconds: 0 })).toBeUndefined();
  const created = await client.jobs.create({ type: 'embedding', input: { texts: ['a'] } });
  const task = await miners.poll({ maxWaitSeconds: 5 });
  expect(task).toMatchObject({ jobId: created.jobId, payload: { type: 'embedding', input: { texts: ['a'] } } });
  expect(await miners.heartbeat({ inflight: 1 })).toEqual({ status: 'ok', cancelled: [] });
  const failed = await miners.fail(created.jobId, { errorCode: 'OOM', errorMessage: 'too large' });
  expect(failed).toMatchObject({ jobStatus: 'failed', receiptId: null });
  const again = await client.jobs.create({ type: 'embedding', input: { texts: ['b'] } });
  await miners.poll({ maxWaitSeconds: 5 });
  const metrics = { units: 1 };
  const told = await miners.result(again.jobId, { result: { model: 'm', embeddings: [[0.5]] }, metrics });
  expect(told).toMatchObject({ status: 'ok', jobStatus: 'completed' });
  expect(await client.receipts.get(again.jobId)).toMatchObject({ minerId, units: 1 });
});
