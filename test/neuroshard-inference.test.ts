/** Inference as seed 003 prints it, on a node's port. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createNeuroshardWorld, type NeuroshardWorld } from './support/neuroshard-world.ts';

const PATH = '/api/v1/inference';
/** What the engine of these tests says, a token each. */
const TOKENS = ['one ', 'two ', 'three'];

let world: NeuroshardWorld;
let key: string;
beforeAll(async () => {
  world = await createNeuroshardWorld();
  key = (await world.network.register()).api_key;
});
afterAll(() => world[Symbol.asyncDispose]());

const balance = async () => (await world.call('GET', '/api/v1/wallet/balance', { key })).body.balances.available;

it('answers the printed request with every printed field, and charges its tokens', async () => {
  const before = await balance();
  const { status, body } = await world.call('POST', PATH, {
    key,
    body: {
      prompt: 'Explain quantum computing in simple terms.',
      max_tokens: 200,
      temperature: 0.7,
      top_p: 0.9,
      stream: false,
    },
  });
  expect(status).toBe(200);
  expect(body).toEqual({
    id: expect.stringMatching(/^inf_/),
    text: TOKENS.join(''),
    tokens_generated: 3,
    finish_reason: 'stop',
    usage: { prompt_tokens: 1, completion_tokens: 3, total_tokens: 4 },
    cost: { amount: 0.0004, currency: 'NEURO' },
    timing: { queue_ms: expect.any(Number), inference_ms: expect.any(Number), total_ms: expect.any(Number) },
  });
  const { queue_ms: queue, inference_ms: inference, total_ms: total } = body.timing;
  expect(queue + inference).toBe(total);
  expect(before - (await balance())).toBeCloseTo(0.0004, 6);
  const page = await world.call('GET', '/api/v1/wallet/transactions?limit=1', { key });
  expect(page.body.transactions[0]).toMatchObject({ type: 'charge', amount: -0.0004 });
});

it('hands every parameter to the engine, and the printed defaults for those that are left out', async () => {
  const engine = world.engine;
  engine.requests.length = 0;
  await world.call('POST', PATH, { key, body: { prompt: 'x' } });
  const chosen = { max_tokens: 2, temperature: 0.5, top_p: 0.25, top_k: 7, stop: ['END'] };
  await world.call('POST', PATH, { key, body: { prompt: 'y', ...chosen } });
  expect(engine.requests.map(({ body }) => body)).toMatchObject([
    { prompt: 'x', max_tokens: 100, temperature: 1, top_p: 1, top_k: 50 },
    { prompt: 'y', ...chosen },
  ]);
});

it('streams a token an event, and tells at last how it ended and what it cost', async () => {
  const response = await fetch(world.url + PATH, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'Write a poem about AI.', max_tokens: 100, stream: true }),
  });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const events = (await response.text()).trim().split('\n\n');
  const data = events.map((line) => JSON.parse(line.replace(/^data: /, '')));
  const [last, ...tokens] = data.toReversed();
  expect(tokens.map(({ index }) => index)).toEqual(tokens.map((_, at) => tokens.length - 1 - at));
  const text = tokens.toReversed().map(({ token }) => token);
  expect(text.join('')).toBe(TOKENS.join(''));
  expect(last).toEqual({
    token: '[DONE]',
    finish_reason: 'stop',
    usage: { prompt_tokens: 1, completion_tokens: 3, total_tokens: 4 },
    cost: { amount: 0.0004, currency: 'NEURO' },
    timing: expect.any(Object),
  });
});

it('is the same job in the other dialects', async () => {
  const { body } = await world.call('POST', PATH, { key, body: { prompt: 'x' } });
  const id = body.id.replace('inf_', '');
  const job = await world.network.call('GET', `/plexus/v1/jobs/${id}`, { key });
  expect(job.body).toMatchObject({ id, service: 'llm', state: 'completed' });
});

it.each([
  ['no prompt', {}],
  ['a temperature above 2', { prompt: 'x', temperature: 2.1 }],
  ['a top_p above 1', { prompt: 'x', top_p: 1.1 }],
  ['no tokens', { prompt: 'x', max_tokens: 0 }],
  ['a stop that is no list', { prompt: 'x', stop: 'END' }],
])('refuses %s with 400 and charges nothing', async (_name, body) => {
  const before = await balance();
  const answer = await world.call('POST', PATH, { key, body });
  expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
  expect(await balance()).toBe(before);
});

it('says 402 to whoever cannot pay for all that was asked for', async () => {
  const { api_key: poor } = await world.network.register();
  await world.call('POST', '/api/v1/wallet/stake', { key: poor, body: { amount: 999.999, duration_days: 1 } });
  const { status, body } = await world.call('POST', PATH, { key: poor, body: { prompt: 'x', max_tokens: 4096 } });
  expect([status, body.error.code]).toEqual([402, 'INSUFFICIENT_BALANCE']);
  expect(body.error.details).toEqual({ required: expect.any(Number), available: 0.001 });
});
