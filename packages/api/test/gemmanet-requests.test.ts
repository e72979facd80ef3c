import { DomainError, type ErrorCode, type ErrorDetails, type SubmitJob } from '@plexus/core';
import { expect, test } from 'vitest';
import { aJob, aListener, CLIENT, gemmanetDeps, JOB_ID } from './fakes.ts';

const REQUEST = { task_type: 'echo', content: 'Hello world!', params: {}, max_cost: 50, api_key: 'gn_client' };

async function submit(payload: unknown, submitJob = async () => aJob(), headers = {}) {
  const app = await aListener({ gemmanet: { jobs: { submit: submitJob, rate: async () => 'abc-123' } } });
  return await app.inject({
    method: 'POST',
    url: '/api/v1/request',
    headers: { 'content-type': 'application/json', ...headers },
    payload: JSON.stringify(payload),
  });
}

test('the printed request gets the printed response', async () => {
  const response = await submit(REQUEST);
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toMatch('application/json');
  expect(response.json()).toStrictEqual({
    task_id: JOB_ID,
    status: 'completed',
    result: 'Echo: Hello world!',
    cost: 10,
    node_id: 'abc-123',
    processing_time_ms: 15,
  });
});

test('a request is handed on as it was asked', async () => {
  const asked: SubmitJob[] = [];
  const keep = async (request: SubmitJob) => {
    asked.push(request);
    return aJob();
  };
  const params = { target_language: 'zh', temperature: 0.5 };
  await submit({ ...REQUEST, params, max_cost: 12, unknown: true }, keep as never);
  await submit({ task_type: 'echo', content: '', max_cost: null, api_key: 'gn_client' }, keep as never);
  const common = { caller: CLIENT, service: 'echo', detached: false };
  expect(asked).toStrictEqual([
    { ...common, content: 'Hello world!', params, maxCost: 12_000_000n },
    { ...common, content: '', params: {} },
  ]);
});

test('a request costs one look at its key and one submission, each time, and leaves nothing behind', async () => {
  const calls: string[] = [];
  const deps = gemmanetDeps({
    authenticator: { authenticate: async (key) => (calls.push(`key ${key}`), CLIENT) },
    jobs: { submit: async ({ content }) => (calls.push(`submit ${content}`), aJob()), rate: never },
  });
  const app = await aListener({ gemmanet: deps });
  const ask = async (content: string) => {
    const payload = { ...REQUEST, content };
    return (await app.inject({ method: 'POST', url: '/api/v1/request', payload })).body;
  };
  expect(await ask('a')).toBe(await ask('a'));
  expect(calls).toStrictEqual(['key gn_client', 'submit a', 'key gn_client', 'submit a']);
});

const never = () => Promise.reject(new Error('not meant to be called'));

test('the key may travel in a header when the body has none', async () => {
  const { api_key: _, ...body } = REQUEST;
  for (const headers of [{ authorization: 'Bearer gn_client' }, { 'x-api-key': 'gn_client' }]) {
    expect((await submit(body, undefined, headers)).statusCode, JSON.stringify(headers)).toBe(200);
  }
  expect((await submit({ ...body, api_key: 'nobody' }, undefined, { 'x-api-key': 'gn_client' })).statusCode).toBe(401);
});

test.each([
  ['failed', 'the model is broken'],
  ['cancelled', 'stopped'],
] as const)('a %s job is answered with its error and costs nothing', async (state, error) => {
  const { result: _, ...job } = aJob({ state, error, cost: 0n });
  const response = await submit(REQUEST, async () => job);
  expect(response.statusCode).toBe(200);
  expect(response.json()).toMatchObject({ status: state, result: error, cost: 0 });
});

test('a job that timed out answers 504 in the words of the page', async () => {
  const response = await submit(REQUEST, async () => aJob({ state: 'timed_out', cost: 0n }));
  expect([response.statusCode, response.json()]).toStrictEqual([504, { detail: 'Task timed out (60s)' }]);
});

test('a started fraction of a credit is printed as a whole one', async () => {
  const response = await submit(REQUEST, async () => aJob({ cost: 1n }));
  expect(response.json()).toMatchObject({ cost: 1 });
});

test.each([
  [402, 'INSUFFICIENT_BALANCE', { required: '10', available: '5' }, 'Insufficient credits: 10 needed, 5 available'],
  [402, 'COST_EXCEEDS_MAXIMUM', { required: '10', maximum: '5' }, 'Cost exceeds max_cost: 10 needed, 5 allowed'],
  [404, 'NO_NODE_AVAILABLE', { service: 'echo', unfit: [] }, 'No node available for this task'],
  [
    404,
    'NO_NODE_AVAILABLE',
    { service: 'echo', unfit: ['nodeA: at capacity', 'nodeB: draining'] },
    'No node available for this task: nodeA: at capacity; nodeB: draining',
  ],
  [404, 'MODEL_NOT_FOUND', { model: 'm', available: [] }, 'No node available for this task: message'],
  [402, 'SPEND_LIMIT_EXCEEDED', { required: '5', remaining: '1' }, 'Insufficient credits: message'],
  [503, 'QUEUE_FULL', { service: 'echo', waiting: 9, retryAfterSeconds: 2 }, 'message'],
  [409, 'IDEMPOTENCY_MISMATCH', { key: 'k' }, 'message'],
] as const)('%i for %s', async (status, code, details, detail) => {
  const response = await submit(REQUEST, () => refuse(code, details));
  expect([response.statusCode, response.json()]).toStrictEqual([status, { detail }]);
  expect(response.headers['retry-after']).toBe('retryAfterSeconds' in details ? '2' : undefined);
});

async function refuse<C extends ErrorCode>(code: C, details: ErrorDetails[C]): Promise<never> {
  throw new DomainError(code, 'message', details);
}

test('a bug answers 500 with the id of the request and keeps its message to itself', async () => {
  const response = await submit(REQUEST, () => Promise.reject(new Error('the secret')), { 'x-request-id': 'mine' });
  expect([response.statusCode, response.json()]).toStrictEqual([
    500,
    { detail: 'Internal server error (request mine)' },
  ]);
});

test.each([
  ['no key', { ...REQUEST, api_key: undefined }, 'Missing API key'],
  ['an empty key', { ...REQUEST, api_key: '' }, 'Missing API key'],
  ['a null key', { ...REQUEST, api_key: null }, 'Missing API key'],
  ['a wrong key', { ...REQUEST, api_key: 'gn_nobody' }, 'Invalid API key'],
  ['no key and nothing else', {}, 'Missing API key'],
  ['a key that is none, of any length', { ...REQUEST, api_key: 'x'.repeat(100_000) }, 'Invalid API key'],
  ['a wrong key and a wrong field', { ...REQUEST, content: 5, api_key: 'gn_nobody' }, 'Invalid API key'],
])('401 for %s, before anything else is looked at', async (_name, body, detail) => {
  const response = await submit(body);
  expect([response.statusCode, response.json()]).toStrictEqual([401, { detail }]);
  expect(response.headers['www-authenticate']).toBe('Bearer');
});

test('an Idempotency-Key is handed on with a hash of what is asked, whatever the order and the key', async () => {
  const asked: SubmitJob[] = [];
  const keep = async (request: SubmitJob) => {
    asked.push(request);
    return aJob();
  };
  const { api_key, content, ...rest } = { ...REQUEST, params: { a: 0.5, b: [1, { d: 1, c: null }] } };
  const turned = { api_key: undefined, params: { b: [1, { c: null, d: 1 }], a: 0.5 }, content };
  const headers = { 'idempotency-key': 'try-1', authorization: 'Bearer gn_client' };
  await submit({ ...rest, content, api_key }, keep as never, headers);
  await submit({ ...rest, ...turned }, keep as never, headers);
  await submit({ ...rest, content: 'other' }, keep as never, headers);
  const [first, second, third] = asked.map(({ idempotency }) => idempotency);
  expect(first?.key).toBe('try-1');
  expect(first?.requestHash).toMatch(/^[0-9a-f]{64}$/);
  expect(second).toStrictEqual(first);
  expect(third?.requestHash).not.toBe(first?.requestHash);
});

test.each(['', 'two words', 'k'.repeat(256), 'ü'])('"%s" is no Idempotency-Key', async (key) => {
  const response = await submit(REQUEST, undefined, { 'idempotency-key': key });
  expect(response.statusCode).toBe(422);
  expect(response.json().detail[0].loc).toStrictEqual(['header', 'idempotency-key']);
});
