import { DomainError, type ErrorCode, type ErrorDetails, type Job } from '@plexus/core';
import type { FastifyInstance } from 'fastify';
import OpenAI, {
  APIError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import { expect, test } from 'vitest';
import { refusalCodeOf } from '../src/index.ts';
import { anAnswer, aWorld, type World } from './openai-world.ts';

const BODY = { model: 'default', messages: [{ role: 'user' as const, content: 'Hello' }] };

async function caught(world: World, client = world.client): Promise<APIError> {
  const error: unknown = await client.chat.completions.create(BODY).catch((reason: unknown) => reason);
  if (error instanceof APIError) return error;
  throw new Error('It was not refused by the server', { cause: error });
}

function refusing<C extends ErrorCode>(code: C, details: ErrorDetails[C]): () => Promise<Job> {
  return () => Promise.reject(new DomainError(code, 'message', details));
}

test('a wrong key, and no key', async () => {
  const world = await aWorld();
  const error = await caught(world, new OpenAI({ apiKey: 'nobody', baseURL: world.url, maxRetries: 0 }));
  expect(error).toBeInstanceOf(AuthenticationError);
  expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error', param: null });
  expect(error.requestID).toBeTruthy();
  const none = await fetch(`${world.url}/models`);
  expect([none.status, await none.json()]).toMatchObject([401, { error: { code: 'invalid_api_key' } }]);
});

test('a model that no node serves is not found, and the refusal says which ones are', async () => {
  const world = await aWorld();
  const ask = world.client.chat.completions.create({ ...BODY, model: 'gpt-4o' });
  await expect(ask).rejects.toBeInstanceOf(NotFoundError);
  await expect(ask).rejects.toMatchObject({
    code: 'model_not_found',
    param: 'model',
    message: expect.stringContaining('No connected node serves the model "gpt-4o"; there are org/chat-1, tiny'),
  });
  expect(world.asked).toStrictEqual([]);
});

test('a model is asked for where nodes serve none yet, as one may be about to', async () => {
  const world = await aWorld({ models: [] });
  await world.client.chat.completions.create({ ...BODY, model: 'gpt-4o' });
  expect(world.asked).toMatchObject([{ params: { model: 'gpt-4o' } }]);
});

const SHOULD_NOT = 'false';

test.for([
  [RateLimitError, 429, 'INSUFFICIENT_BALANCE', { required: '5', available: '1' }, 'insufficient_quota', SHOULD_NOT],
  [RateLimitError, 429, 'SPEND_LIMIT_EXCEEDED', { required: '5', remaining: '1' }, 'insufficient_quota', SHOULD_NOT],
  [RateLimitError, 429, 'RATE_LIMITED', { retryAfterSeconds: 3 }, 'rate_limit_exceeded', null],
  [RateLimitError, 429, 'TOO_MANY_RUNNING', { limit: 1, retryAfterSeconds: 3 }, 'concurrency_limit_exceeded', null],
  [InternalServerError, 503, 'QUEUE_FULL', { service: 'llm', waiting: 9, retryAfterSeconds: 3 }, 'queue_full', null],
  [InternalServerError, 503, 'SHUTTING_DOWN', { retryAfterSeconds: 3 }, 'shutting_down', null],
  [InternalServerError, 503, 'STORAGE_UNAVAILABLE', { retryAfterSeconds: 3 }, 'storage_unavailable', null],
  [InternalServerError, 503, 'NO_NODE_AVAILABLE', { service: 'llm', unfit: [] }, 'no_node_available', null],
  [ConflictError, 409, 'IDEMPOTENCY_MISMATCH', { key: 'k' }, 'idempotency_key_mismatch', SHOULD_NOT],
  [NotFoundError, 404, 'MODEL_NOT_FOUND', { model: 'm', available: ['n'] }, 'model_not_found', null],
  [BadRequestError, 400, 'INVALID_INPUT', { field: 'params.seed' }, 'invalid_value', null],
] as const)('%o %i for %s', async ([type, status, code, details, word, shouldRetry]) => {
  const error = await caught(await aWorld({ submit: refusing(code, details) }));
  expect(error).toBeInstanceOf(type);
  expect(error).toMatchObject({ status, code: word });
  expect(error.headers?.get('x-should-retry')).toBe(shouldRetry);
  const waits = 'retryAfterSeconds' in details ? '3' : code === 'NO_NODE_AVAILABLE' ? '2' : null;
  expect(error.headers?.get('retry-after')).toBe(waits);
  expect(error.message).toMatch(code === 'INSUFFICIENT_BALANCE' ? /^429 Not enough credits/ : /^\d+ message$/);
  if (code === 'INVALID_INPUT') expect(error.param).toBe('seed');
});

test.each([
  [400, 'refused_input', 'The prompt is too long: it has 9 tokens', 'context_length_exceeded'],
  [400, 'refused_input', 'The prompt is empty', 'refused_input'],
  [502, 'failed_everywhere', 'The engine is broken', 'failed_everywhere'],
  [502, 'node_lost', 'The node was lost', 'node_lost'],
  [503, 'no_capable_node', 'Nobody can', 'no_node_available'],
  [500, 'internal_error', 'internal error', 'internal_error'],
] as const)('%i for a job that failed: %s, %s', async (status, reason, text, code) => {
  const error = await caught(await aWorld({ submit: () => anAnswer({ state: 'failed', reason, error: text }) }));
  expect(error).toMatchObject({ status, code, message: `${status} ${text}` });
  expect(error.headers?.get('x-should-retry')).toBe(status === 502 ? 'false' : null);
});

test.each([
  ['node_lost', 'REFUSED'],
  ['internal_error', 'INTERNAL_ERROR'],
] as const)('a job that failed as %s is %s in the log and the metrics', async (reason, logged) => {
  const codes: unknown[] = [];
  const prepare = (app: FastifyInstance): void =>
    void app.addHook('onResponse', async (request) => void codes.push(refusalCodeOf(request)));
  await caught(await aWorld({ submit: () => anAnswer({ state: 'failed', reason, error: 'It failed' }), prepare }));
  expect(codes[0]).toBe(logged);
});

test('a form that cannot be promised is refused by the name that the request has for it', async () => {
  const job = anAnswer({
    state: 'failed',
    reason: 'refused_input',
    error: 'response_format.schema.pattern cannot be promised',
  });
  const error = await caught(await aWorld({ submit: () => job }));
  const param = 'response_format.json_schema.schema.pattern';
  expect(error).toMatchObject({ code: 'unsupported_parameter', param, message: `400 ${param} cannot be promised` });
});

test('a job that timed out or was cancelled is no answer either', async () => {
  const late = await caught(
    await aWorld({ submit: () => anAnswer({ state: 'timed_out', reason: 'deadline_exceeded' }) }),
  );
  expect(late).toMatchObject({ status: 504, code: 'timeout', message: '504 The task timed out after 60 s' });
  const ended = anAnswer({ state: 'cancelled', reason: 'cancelled_by_operator' });
  const cancelled = await caught(await aWorld({ submit: () => ended }));
  const message = "409 The job was cancelled by the network's operator";
  expect(cancelled).toMatchObject({ status: 409, code: 'job_cancelled', message });
  for (const error of [late, cancelled]) expect(error.headers?.get('x-should-retry')).toBe('false');
});

test('a price that is too high is told of by the name of the parameter that forbids it', async () => {
  const submit = refusing('COST_EXCEEDS_MAXIMUM', { required: '0.0001', maximum: '0.00001' });
  const error = await caught(await aWorld({ submit }));
  expect(error).toBeInstanceOf(BadRequestError);
  expect(error).toMatchObject({ code: 'cost_exceeds_maximum', param: 'provider.max_price' });
  expect(error.message).toContain("'provider.max_price' allows 0.00001");
});

test('a bug keeps its message to itself', async () => {
  const error = await caught(await aWorld({ submit: () => Promise.reject(new Error('the secret')) }));
  expect(error).toMatchObject({ status: 500, code: 'internal_error', type: 'server_error' });
  expect(error.message).not.toContain('secret');
});

test('answers say how many requests may follow, and refusals too', async () => {
  const world = await aWorld({ rateLimits: { perMinute: 2 } });
  const standing = (headers: Headers | undefined) =>
    ['limit', 'remaining', 'reset'].map((name) => headers?.get(`x-ratelimit-${name}-requests`));
  const { response } = await world.client.chat.completions.create(BODY).withResponse();
  expect(standing(response.headers)).toStrictEqual(['2', '1', expect.stringMatching(/^(30|29\.\d+)s$/)]);
  const stream = await world.client.chat.completions.create({ ...BODY, stream: true }).withResponse();
  expect(standing(stream.response.headers).slice(0, 2)).toStrictEqual(['2', '0']);
  await stream.response.body?.cancel();
  const refused = await caught(world);
  expect(refused).toBeInstanceOf(RateLimitError);
  expect(standing(refused.headers).slice(0, 2)).toStrictEqual(['2', '0']);
  expect(refused.headers?.get('retry-after')).toMatch(/^(29|30)$/);
});

test('what reaches no endpoint is answered in the same words', async () => {
  const { app } = await aWorld();
  const ask = async (method: 'GET' | 'DELETE', url: string) => {
    const response = await app.inject({ method, url });
    return [response.statusCode, response.json()];
  };
  const words = (code: string) => ({ error: { code, type: 'invalid_request_error', param: null } });
  expect(await ask('GET', '/v1/chat/nothing')).toMatchObject([404, words('unknown_url')]);
  expect(await ask('GET', '/v1/embeddings?x=1')).toMatchObject([405, words('method_not_allowed')]);
  expect(await ask('DELETE', '/v1/models')).toMatchObject([405, words('method_not_allowed')]);
  expect(await ask('GET', '/v1/modelsx')).toMatchObject([404, { error: { code: 'NOT_FOUND', details: {} } }]);
});
