/** Seed 002, "Marketplace": what the page prints, and what offers and bids come to in the ledger. */
import { createTestNetwork, Miner, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isSignedByMiner } from './support/independent-receipt.ts';
import { DECIMAL, ID, ISO, PRINTED_JOB } from './support/aitbc-world.ts';

/** As the page prints it. */
const PRINTED_OFFER = {
  job_type: 'image-classification',
  price: '0.001',
  max_jobs: 10,
  requirements: { min_gpu_memory: '4Gi', min_cpu: '2000m' },
  duration: 3600,
};
const SERVICES = [{ id: 'python', concurrency: 4 }];

let network: TestNetwork;
let key: string;

beforeAll(async () => {
  network = await createTestNetwork({ nodes: 1, coordinator: { feeBasisPoints: 1000 } });
  key = (await network.register()).api_key;
});
afterAll(() => network[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown, as = key) =>
  network.call(method, path, { key: as, ...(body !== undefined && { body }) });
const createJob = async (fields: object = {}): Promise<string> =>
  (await call('POST', '/v1/jobs', { ...PRINTED_JOB, ...fields })).body.job_id;
const offer = async (fields: object = {}, as = key) =>
  (await call('POST', '/v1/marketplace/offers', { ...PRINTED_OFFER, ...fields }, as)).body;
const accept = (offerId: string, jobId: string, bid?: string, as = key) =>
  call('POST', `/v1/marketplace/offers/${offerId}/accept`, { job_id: jobId, ...(bid && { bid_price: bid }) }, as);
const ended = async (jobId: string) => (await call('GET', `/plexus/v1/jobs/${jobId}?wait_seconds=5`)).body;
const wallet = async (as = key) => (await call('GET', '/plexus/v1/wallet', undefined, as)).body;

/** A miner with a key of its own, whose account another client owns. */
async function connectMiner(nodeId: string): Promise<{ miner: Miner; owner: string }> {
  const { api_key: owner } = await network.register();
  return { miner: await Miner.connect(network.url, { nodeId, services: SERVICES, token: owner }), owner };
}

it('Create Offer, List Offers, Accept Offer', async () => {
  const created = await call('POST', '/v1/marketplace/offers', PRINTED_OFFER);
  expect(created.status).toBe(201);
  expect(created.body).toEqual({ offer_id: ID, miner_id: ID, status: 'active', created_at: ISO, expires_at: ISO });
  const query = '?job_type=image-classification&max_price=0.001&limit=50';
  const listed = await call('GET', `/v1/marketplace/offers${query}`);
  expect(listed.status).toBe(200);
  const { offer_id, miner_id } = created.body;
  const printed = { offer_id, miner_id, job_type: 'image-classification', price: '0.001', reputation: 4 };
  expect(listed.body).toEqual({ offers: [expect.objectContaining(printed)] });
  const jobId = await createJob();
  const accepted = await accept(offer_id, jobId, '0.001');
  expect(accepted.status).toBe(200);
  expect(accepted.body).toMatchObject({ transaction_id: ID, status: 'pending', created_at: ISO });
  const { body } = await call('GET', `/v1/marketplace/transactions/${accepted.body.transaction_id}`);
  expect(body).toEqual(accepted.body);
  await call('DELETE', `/v1/jobs/${jobId}`);
  const released = await call('GET', `/v1/marketplace/transactions/${accepted.body.transaction_id}`);
  expect(released.body).toMatchObject({ status: 'released', price: '0.001', bid_price: '0.001' });
});

it('each does the job that was given to it, at its own price, which the ledger and the receipt show', async () => {
  const first = await connectMiner('miner_cheap');
  const second = await connectMiner('miner_dear');
  const offers = [await offer({ price: '0.002' }, first.owner), await offer({ price: '0.5' }, second.owner)];
  expect(offers.map(({ miner_id }) => miner_id)).toEqual(['miner_cheap', 'miner_dear']);
  const before = await wallet();
  const jobs = [await createJob({ pricing: { by_offer: true } }), await createJob({ pricing: { by_offer: true } })];
  const bids = ['0.002', '0.75'];
  for (const [at, jobId] of jobs.entries()) {
    expect((await call('GET', `/v1/jobs/${jobId}`)).body).toMatchObject({
      status: 'submitted',
      reason: 'waits for an offer to be accepted',
    });
    expect((await accept(offers[at].offer_id, jobId, bids[at])).status).toBe(200);
  }
  for (const { miner } of [first, second]) {
    const task = await miner.task();
    expect(task.receipt).toMatchObject({ unit_type: 'job', max_units: 1 });
    miner.complete(task, { output: '{"prediction":"cat"}', units: 1 });
  }
  const done = await Promise.all(jobs.map(ended));
  expect(done.map(({ state, cost, node_id }) => [state, cost, node_id])).toEqual([
    ['completed', '0.002', 'miner_cheap'],
    ['completed', '0.5', 'miner_dear'],
  ]);
  const { body } = await call('GET', '/plexus/v1/wallet/entries?limit=20');
  const charges = body.items.filter(({ kind }: { kind: string }) => kind === 'charge');
  expect(charges.map(({ amount }: { amount: string }) => amount).toSorted()).toEqual(['-0.002', '-0.5']);
  expect(Number(before.available) - Number((await wallet()).available)).toBeCloseTo(0.502, 6);
  for (const [at, jobId] of jobs.entries()) {
    const receipt = (await call('GET', `/v1/receipts/${jobId}`)).body;
    expect(isSignedByMiner(receipt)).toBe(true);
    expect(receipt).toMatchObject({ price: ['0.002', '0.5'][at], units: 1, unit_type: 'job' });
    expect((await call('POST', '/v1/receipts/verify', receipt)).body).toMatchObject({ valid: true });
  }
  const earned = (await call('GET', '/v1/miners/miner_dear/stats')).body;
  expect(earned).toMatchObject({ total_jobs: 1, success_rate: 1, total_earned: '0.45' });
  first.miner.raw.terminate();
  second.miner.raw.terminate();
});

it('a job whose miner is gone waits for it, and comes back unpaid when it is cancelled', async () => {
  const { miner, owner } = await connectMiner('miner_leaving');
  const { offer_id } = await offer({ price: '3' }, owner);
  const before = await wallet();
  const jobId = await createJob({ pricing: { by_offer: true, max_cost: '0.1' } });
  expect((await accept(offer_id, jobId, '3')).body).toMatchObject({ price: '3' });
  await miner.task();
  expect(await wallet()).toMatchObject({ held: '3' });
  miner.raw.terminate();
  await expect.poll(async () => (await call('GET', `/v1/marketplace/offers/${offer_id}`)).body.online).toBe(false);
  await call('DELETE', `/v1/jobs/${jobId}`);
  expect(await wallet()).toEqual(before);
});

it('a miner that fails leaves the job failed and the client with its credits', async () => {
  const { miner, owner } = await connectMiner('miner_failing');
  const { offer_id } = await offer({ price: '1' }, owner);
  const before = await wallet();
  const jobId = await createJob({ pricing: { by_offer: true } });
  await accept(offer_id, jobId, '1');
  const { task_id, epoch } = await miner.task();
  miner.raw.send('TASK_RESULT', { task_id, epoch, status: 'failed', result: 'no' });
  expect(await ended(jobId)).toMatchObject({ state: 'failed', cost: '0' });
  expect(await wallet()).toEqual(before);
  miner.raw.terminate();
});

const codeOf = ({ status, body }: { status: number; body: { error: { code: string } } }) => [status, body.error.code];

it('used up, expired and withdrawn ones answer 410, and unknown ones 404', async () => {
  const used = await offer({ max_jobs: 1 });
  const [first, second] = [await createJob(), await createJob()];
  expect((await accept(used.offer_id, first)).status).toBe(200);
  expect(codeOf(await accept(used.offer_id, second))).toEqual([410, 'OFFER_NOT_AVAILABLE']);
  const short = await offer({ duration: 1 });
  await expect
    .poll(async () => (await call('GET', `/v1/marketplace/offers/${short.offer_id}`)).body.status, { timeout: 5000 })
    .toBe('expired');
  expect(codeOf(await accept(short.offer_id, second))).toEqual([410, 'OFFER_NOT_AVAILABLE']);
  const back = await offer();
  expect((await call('DELETE', `/v1/marketplace/offers/${back.offer_id}`)).body).toEqual({
    offer_id: back.offer_id,
    status: 'withdrawn',
  });
  expect(codeOf(await accept(back.offer_id, second))).toEqual([410, 'OFFER_NOT_AVAILABLE']);
  expect(codeOf(await accept('offer_none', second))).toEqual([404, 'OFFER_NOT_FOUND']);
  const { offers } = (await call('GET', '/v1/marketplace/offers')).body;
  const ids = offers.map(({ offer_id }: { offer_id: string }) => offer_id);
  expect(ids).not.toContain(used.offer_id);
  for (const jobId of [first, second]) await call('DELETE', `/v1/jobs/${jobId}`);
});

it('refuses bids below the price, other jobs, jobs that run or have ended, and those of others', async () => {
  const { offer_id } = await offer({ price: '0.01' });
  const jobId = await createJob();
  expect(codeOf(await accept(offer_id, jobId, '0.009'))).toEqual([422, 'INVALID_PAYLOAD']);
  expect(codeOf(await accept(offer_id, await createJob({ name: 'other' })))).toEqual([422, 'INVALID_PAYLOAD']);
  const dear = await offer({ price: '100000' });
  expect(codeOf(await accept(dear.offer_id, jobId, '100000'))).toEqual([402, 'INSUFFICIENT_BALANCE']);
  expect((await accept(offer_id, jobId)).status).toBe(200);
  expect(codeOf(await accept(offer_id, jobId))).toEqual([409, 'CONFLICT_STATE']);
  await call('DELETE', `/v1/jobs/${jobId}`);
  expect(codeOf(await accept(offer_id, jobId))).toEqual([409, 'JOB_ALREADY_COMPLETED']);
  const { api_key: stranger } = await network.register();
  const others = await call('POST', `/v1/marketplace/offers/${offer_id}/accept`, { job_id: jobId }, stranger);
  expect(codeOf(others)).toEqual([404, 'JOB_NOT_FOUND']);
  expect(codeOf(await call('DELETE', `/v1/marketplace/offers/${offer_id}`, undefined, stranger))).toEqual([
    404,
    'OFFER_NOT_FOUND',
  ]);
  const echo = (await call('POST', '/v1/jobs', { type: 'echo', input: { text: 'x', delay_ms: 30_000 } })).body.job_id;
  const forEcho = await offer({ job_type: 'echo' });
  expect(codeOf(await accept(forEcho.offer_id, echo))).toEqual([409, 'CONFLICT_STATE']);
  await call('DELETE', `/v1/jobs/${echo}`);
});

it('a job may not cost more than its max_cost unless a bid says so, nor more than the key that accepts may spend', async () => {
  const [{ api_key: owner }, { api_key: mine }] = [await network.register(), await network.register()];
  const [dear, small] = [await offer({ price: '900' }, owner), await offer({ price: '0.04' }, owner)];
  const issued = await call('POST', '/plexus/v1/keys', { spend_limit: '0.1' }, mine);
  const { api_key: limited, id: keyId } = issued.body;
  const spent = async () => {
    const { items } = (await call('GET', '/plexus/v1/keys', undefined, mine)).body;
    return items.find(({ id }: { id: string }) => id === keyId).spent;
  };
  const before = await wallet(mine);
  const job = { ...PRINTED_JOB, pricing: { by_offer: true, max_cost: '10' } };
  const { job_id: jobId } = (await call('POST', '/v1/jobs', job, mine)).body;
  const unbidden = await accept(dear.offer_id, jobId, undefined, mine);
  expect(codeOf(unbidden)).toEqual([422, 'INVALID_PAYLOAD']);
  expect(unbidden.body.error.details).toMatchObject({ field: 'bid_price' });
  const beyond = await accept(dear.offer_id, jobId, '900', limited);
  expect(codeOf(beyond)).toEqual([402, 'INSUFFICIENT_BALANCE']);
  expect(beyond.body.error.details).toMatchObject({ required: '900', remaining: '0.1' });
  expect([await spent(), (await wallet(mine)).held]).toEqual(['0', '10']);
  expect((await accept(small.offer_id, jobId, undefined, limited)).body).toMatchObject({ price: '0.04' });
  expect([await spent(), (await wallet(mine)).held]).toEqual(['0.04', '0.04']);
  await call('DELETE', `/v1/jobs/${jobId}`, undefined, mine);
  expect([await spent(), await wallet(mine)]).toEqual(['0', before]);
});

it('names the miner of a key, or one of several that are named', async () => {
  const { miner, owner } = await connectMiner('miner_named');
  expect(await offer({ miner_id: 'miner_named' }, owner)).toMatchObject({ miner_id: 'miner_named' });
  expect(await offer({}, owner)).toMatchObject({ miner_id: 'miner_named' });
  const refusal = { code: 'MINER_NOT_FOUND', details: { miner_id: 'miner_named' } };
  expect((await offer({ miner_id: 'miner_named' })).error).toMatchObject(refusal);
  expect((await offer({ price: 'free' })).error).toMatchObject({ code: 'INVALID_PAYLOAD' });
  expect(await wallet(owner)).toMatchObject({ available: DECIMAL });
  miner.raw.terminate();
});
