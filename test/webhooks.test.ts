/** Callbacks of jobs, from the client that asks for one to its receiver. Source: Standard Webhooks 1.0.0. */
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from './support/processes.ts';
import { WebhookReceiver } from './support/webhook-receiver.ts';

let network: TestNetwork;

beforeAll(async () => {
  network = await createTestNetwork({ nodes: 1, coordinator: { egressAllow: ['127.0.0.1'] } });
});
afterAll(() => network[Symbol.asyncDispose]());

const newKey = async (): Promise<string> => (await network.register()).api_key;
const get = async (path: string, key: string) => (await network.call('GET', path, { key })).body;
const post = async (path: string, key: string, body?: object) =>
  await network.call('POST', path, { key, ...(body && { body }) });

function submit(key: string, url: string, fields: object = {}) {
  return post('/plexus/v1/jobs', key, { service: 'echo', content: 'x', callback_url: url, ...fields });
}

it('a client is told that its job has ended, and can verify who says so', async () => {
  await using receiver = await WebhookReceiver.start();
  const key = await newKey();
  const { body: job } = await submit(key, `${receiver.url}?job=1`);
  await until('the callback comes', async () => receiver.heard.length > 0);
  const [{ id, headers, body } = { id: '', headers: {}, body: '' }] = receiver.heard;
  const { secret } = await get('/v1/webhooks/secret', key);
  const told = new Webhook(secret).verify(body, headers);
  const ended = await get(`/plexus/v1/jobs/${job.id}`, key);
  expect(told).toEqual({
    type: 'job.completed',
    timestamp: ended.ended_at,
    data: {
      job_id: job.id,
      status: 'completed',
      reason: 'done',
      created_at: ended.created_at,
      started_at: ended.started_at,
      completed_at: ended.ended_at,
      miner_id: ended.node_id,
      cost: '10',
      receipt_id: ended.receipt_id,
    },
  });
  await until('it counts as delivered', async () => (await get(`/v1/webhooks/${id}`, key)).state === 'delivered');
  const { items, next } = await get('/v1/webhooks', key);
  expect(next).toBeNull();
  expect(items).toEqual([
    {
      delivery_id: `msg_${job.id}`,
      job_id: job.id,
      url: `${receiver.url}?job=1`,
      state: 'delivered',
      attempts: 1,
      next_attempt_at: null,
      last_status: 200,
      last_error: null,
      created_at: ended.ended_at,
      ended_at: expect.any(String),
    },
  ]);
});

it.each(['/v1', '/api/v1'])("a job of AITBC's dialect calls back too: %s/jobs", async (prefix) => {
  await using receiver = await WebhookReceiver.start();
  const key = await newKey();
  const request = { type: 'echo', input: { text: 'x' }, callback_url: receiver.url };
  const { job_id: jobId } = (await post(`${prefix}/jobs`, key, request)).body;
  await until('the callback comes', async () => receiver.heard.length > 0);
  const { status, created_at, started_at, completed_at, miner_id } = await get(`${prefix}/jobs/${jobId}`, key);
  expect(JSON.parse(receiver.heard[0]?.body ?? '')).toMatchObject({
    type: `job.${status}`,
    data: { job_id: jobId, status: 'completed', created_at, started_at, completed_at, miner_id },
  });
  expect((await get(`${prefix}/webhooks`, key)).items).toHaveLength(1);
});

it('a job that is cancelled is told as that, and one without a callback is told to nobody', async () => {
  await using receiver = await WebhookReceiver.start();
  const key = await newKey();
  const { body: job } = await submit(key, receiver.url, { params: { delay_ms: 20_000 } });
  await post(`/plexus/v1/jobs/${job.id}/cancel`, key);
  await until('the callback comes', async () => receiver.heard.length > 0);
  expect(JSON.parse(receiver.heard[0]?.body ?? '')).toMatchObject({
    type: 'job.cancelled',
    data: { status: 'cancelled', reason: 'cancelled_by_client', cost: '0', receipt_id: null },
  });
  await post('/plexus/v1/jobs', key, { service: 'echo', content: 'x', wait_seconds: 10 });
  expect((await get('/v1/webhooks', key)).items).toHaveLength(1);
});

it('what failed is tried again, and can be replayed whatever became of it', async () => {
  await using receiver = await WebhookReceiver.start();
  receiver.status = 503;
  const key = await newKey();
  await submit(key, receiver.url);
  await until(
    'it has failed',
    async () => (await get('/v1/webhooks?state=pending', key)).items[0]?.last_status === 503,
  );
  const [{ delivery_id: id, attempts, next_attempt_at: next, last_error: error }] = (await get('/v1/webhooks', key))
    .items;
  expect([attempts, error]).toEqual([1, 'HTTP 503']);
  expect(Date.parse(next)).toBeGreaterThan(Date.now());
  receiver.status = 204;
  expect((await post(`/v1/webhooks/${id}/replay`, key)).body).toMatchObject({ delivery_id: id, state: 'pending' });
  await until('it is delivered', async () => (await get(`/v1/webhooks/${id}`, key)).state === 'delivered');
  await post(`/v1/webhooks/${id}/replay`, key);
  await until('it comes once more', async () => receiver.heard.length === 3);
  expect(new Set(receiver.heard.map((callback) => callback.id))).toEqual(new Set([id]));
  expect(new Set(receiver.heard.map(({ body }) => body)).size).toBe(1);
});

it('a secret that is rotated is in use beside the one before it', async () => {
  await using receiver = await WebhookReceiver.start();
  const [key, other] = [await newKey(), await newKey()];
  const { secret: before, previous } = await get('/v1/webhooks/secret', key);
  expect([previous, before]).toEqual([null, expect.stringMatching(/^whsec_[\w+/]{43}=$/)]);
  expect((await get('/v1/webhooks/secret', other)).secret).not.toBe(before);
  const { body: rotated } = await post('/v1/webhooks/secret/rotate', key);
  expect(rotated.previous).toEqual({ secret: before, expires_at: expect.any(String) });
  expect(rotated.secret).not.toBe(before);
  expect(await get('/v1/webhooks/secret', key)).toEqual(rotated);
  await submit(key, receiver.url);
  await until('the callback comes', async () => receiver.heard.length > 0);
  const [{ headers, body } = { headers: {}, body: '' }] = receiver.heard;
  for (const secret of [before, rotated.secret]) expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
});

it.each([
  ['http://example.com/hook', 'https is required'],
  ['https://127.0.0.2/hook', 'not public'],
  ['https://[::1]:8800/v1/jobs', 'not public'],
  ['https://169.254.169.254/latest/meta-data', 'not public'],
  ['https://user:password@example.com/', 'user name or password'],
  ['ftp://example.com/', 'http and https'],
  ['hook', 'Not a URL'],
])('a callback to %s is refused before anything is held', async (url, why) => {
  const key = await newKey();
  const { status, body } = await submit(key, url);
  expect([status, body.error.code, body.error.details.field]).toEqual([422, 'INVALID_INPUT', 'callback_url']);
  expect(body.error.message).toContain(why);
  expect((await get('/plexus/v1/wallet', key)).held).toBe('0');
  expect((await get('/plexus/v1/jobs', key)).items).toEqual([]);
});

it("a callback that cannot be is refused in AITBC's words", async () => {
  const request = { type: 'echo', input: { text: 'x' }, callback_url: 'https://10.0.0.1/' };
  const { status, body } = await post('/v1/jobs', await newKey(), request);
  expect([status, body.error.code, body.error.details.field]).toEqual([422, 'INVALID_PAYLOAD', 'callback_url']);
});

it("nobody sees or replays another's callbacks, or its secret without a right to keys", async () => {
  await using receiver = await WebhookReceiver.start();
  const [key, stranger] = [await newKey(), await newKey()];
  const { body: job } = await submit(key, receiver.url);
  await until('the callback comes', async () => receiver.heard.length > 0);
  const id = `msg_${job.id}`;
  expect((await get('/v1/webhooks', stranger)).items).toEqual([]);
  expect((await network.call('GET', `/v1/webhooks/${id}`, { key: stranger })).status).toBe(404);
  expect((await post(`/v1/webhooks/${id}/replay`, stranger)).body.error.code).toBe('DELIVERY_NOT_FOUND');
  const { body: weak } = await post('/plexus/v1/keys', key, { scopes: ['submit', 'read'] });
  expect((await network.call('GET', '/v1/webhooks/secret', { key: weak.api_key })).status).toBe(403);
  expect((await network.call('GET', `/v1/webhooks/${id}`, { key: network.operatorKey })).status).toBe(200);
  expect((await network.call('GET', '/v1/webhooks')).body.error.code).toBe('INVALID_API_KEY');
});
