/** Whoever asks twice pays once. */
import { randomUUID } from 'node:crypto';
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

let network: TestNetwork;
beforeAll(async () => {
  network = await createTestNetwork({ nodes: 1 });
});
afterAll(() => network[Symbol.asyncDispose]());

it('the same Idempotency-Key from 50 clients at once: one task, one charge, 50 equal answers', async () => {
  const { api_key } = await network.register();
  const request = {
    body: { task_type: 'echo', content: 'once', params: { delay_ms: 100 }, api_key },
    headers: { 'idempotency-key': randomUUID() },
  };
  const answers = await Promise.all(Array.from({ length: 50 }, () => network.call('POST', '/api/v1/request', request)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  const later = await network.call('POST', '/api/v1/request', request);
  expect(later.body).toEqual(answers[0]?.body);
  const { body: balance } = await network.call('GET', '/api/v1/balance', { key: api_key });
  expect(balance).toMatchObject({ balance: 990, total_spent: 10 });
  const { body: jobs } = await network.call('GET', '/plexus/v1/jobs', { key: api_key });
  expect(jobs.items).toHaveLength(1);
});

it('another request under the same key is refused and changes nothing', async () => {
  const { api_key } = await network.register();
  const headers = { 'idempotency-key': randomUUID() };
  const body = { task_type: 'echo', content: 'a', api_key };
  await network.call('POST', '/api/v1/request', { body, headers });
  const other = await network.call('POST', '/api/v1/request', { body: { ...body, content: 'b' }, headers });
  expect(other.status).toBe(409);
  const { body: balance } = await network.call('GET', '/api/v1/balance', { key: api_key });
  expect(balance.balance).toBe(990);
});

it('two accounts may use the same key', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const ids = await Promise.all(
    [await network.register(), await network.register()].map(async ({ api_key }) => {
      const body = { task_type: 'echo', content: 'a', api_key };
      return (await network.call('POST', '/api/v1/request', { body, headers })).body.task_id;
    }),
  );
  expect(new Set(ids).size).toBe(2);
});

it('a grant and a key are made once', async () => {
  const { node_id, api_key } = await network.register();
  const headers = { 'idempotency-key': randomUUID() };
  const grant = () =>
    network.call('POST', '/plexus/v1/grants', {
      key: network.operatorKey,
      body: { account_id: node_id, credits: '5.5' },
      headers,
    });
  expect((await grant()).body.available).toBe('1005.5');
  expect((await grant()).body.available).toBe('1005.5');
  const make = () => network.call('POST', '/plexus/v1/keys', { key: api_key, body: { label: 'mine' }, headers });
  const [first, second] = [await make(), await make()];
  expect(first.status).toBe(201);
  expect(second.body.api_key).toBe(first.body.api_key);
  const keys = await network.call('GET', '/plexus/v1/keys', { key: api_key });
  expect(keys.body.items).toHaveLength(2);
});

it('register answers a repeated, unguessable key with the same account', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const register = () => network.call('POST', '/api/v1/register', { body: { email: 'a@example.org' }, headers });
  const [first, second] = [await register(), await register()];
  expect(second.body).toEqual(first.body);
  const other = await network.call('POST', '/api/v1/register', { body: { email: 'b@example.org' }, headers });
  expect(other).toMatchObject({ status: 409, body: { detail: expect.stringContaining('Idempotency-Key') } });
  const short = await network.call('POST', '/api/v1/register', { body: {}, headers: { 'idempotency-key': '1' } });
  expect(short.status).toBeGreaterThanOrEqual(400);
});

it('an offer is accepted once, however often and at once it is asked for', async () => {
  const { api_key: key } = await network.register();
  const post = (path: string, body: object, id?: string) =>
    network.call('POST', path, { key, body, ...(id !== undefined && { headers: { 'idempotency-key': id } }) });
  const { body: offer } = await post('/v1/marketplace/offers', { job_type: 'echo', price: '0.5', max_jobs: 2 });
  const newJob = async () =>
    (await post('/v1/jobs', { type: 'echo', input: { text: 'x' }, pricing: { by_offer: true } })).body.job_id;
  const path = `/v1/marketplace/offers/${offer.offer_id}/accept`;
  const jobId = await newJob();
  const accept = () => post(path, { job_id: jobId }, 'accept-1');
  const answers = [...(await Promise.all(Array.from({ length: 5 }, accept))), await accept()];
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  const { body: left } = await network.call('GET', `/v1/marketplace/offers/${offer.offer_id}`, { key });
  expect(left.jobs_left).toBe(1);
  const other = await post(path, { job_id: await newJob() }, 'accept-1');
  expect(other).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT_STATE' } } });
  expect(await post(path, { job_id: jobId }, 'accept-2')).toMatchObject({ status: 409 });
});

it('an offer is made once, however often and at once it is asked for', async () => {
  const { api_key: key } = await network.register();
  const headers = { 'idempotency-key': randomUUID() };
  const offer = (price: string) =>
    network.call('POST', '/v1/marketplace/offers', { key, headers, body: { job_type: 'offered-once', price } });
  const answers = [...(await Promise.all(Array.from({ length: 5 }, () => offer('2')))), await offer('2')];
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect(await offer('3')).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT_STATE' } } });
  const { body } = await network.call('GET', '/v1/marketplace/offers?job_type=offered-once', { key });
  expect(body.offers).toMatchObject([{ offer_id: answers[0]?.body.offer_id, price: '2' }]);
});
