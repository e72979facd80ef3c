import { expect, test } from 'vitest';
import { AT, CLIENT, JOB_ID } from './fakes.ts';
import { anAnswer, aWorld, CHAT_MODEL, post } from './openai-world.ts';

const messages = [
  { role: 'developer' as const, content: 'Be brief.' },
  {
    role: 'user' as const,
    content: [
      { type: 'text' as const, text: 'Hel' },
      { type: 'text' as const, text: 'lo' },
    ],
  },
  { role: 'assistant' as const, content: null, refusal: null },
];

const REQUEST = {
  model: 'org/chat-1',
  messages,
  max_tokens: 5,
  max_completion_tokens: 64,
  temperature: 0,
  top_p: 0.5,
  stop: 'END',
  seed: 7,
  frequency_penalty: 0,
  presence_penalty: 0.5,
  response_format: {
    type: 'json_schema' as const,
    json_schema: { name: 'x', strict: true, schema: { type: 'object' } },
  },
  n: 1,
  user: 'me',
  service_tier: 'auto' as const,
  tools: [],
  logit_bias: null,
  parallel_tool_calls: true,
};

test('a conversation is answered', async () => {
  const { client } = await aWorld();
  const { data, response } = await client.chat.completions.create(REQUEST).withResponse();
  expect(data).toStrictEqual({
    id: `chatcmpl-${JOB_ID}`,
    object: 'chat.completion',
    created: AT.getTime() / 1000,
    model: 'org/chat-1',
    system_fingerprint: 'ab12',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hello there', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
    plexus: { job_id: JOB_ID, receipt_id: `receipt_${JOB_ID}`, cost: '0.0012', node_id: 'abc-123' },
  });
  expect(response.headers.get('x-plexus-job')).toBe(JOB_ID);
  expect(response.headers.get('x-plexus-node')).toBe('abc-123');
  expect(response.headers.get('x-request-id')).toMatch(/^[\x21-\x7e]{8,128}$/);
});

test('a conversation becomes a job', async () => {
  const world = await aWorld();
  await world.client.chat.completions.create(REQUEST);
  expect(world.asked).toStrictEqual([
    {
      caller: CLIENT,
      service: 'llm',
      content: JSON.stringify([
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: '' },
      ]),
      params: {
        model: 'org/chat-1',
        chat: true,
        max_tokens: 64,
        temperature: 0,
        top_p: 0.5,
        seed: 7,
        stop: ['END'],
        presence_penalty: 0.5,
        response_format: { type: 'json_schema', schema: { type: 'object' } },
      },
      features: ['chat', 'penalties', 'json_schema'],
      timeoutSeconds: 600,
      detached: false,
      signal: expect.any(AbortSignal),
    },
  ]);
});

test('a prompt is continued', async () => {
  const world = await aWorld({
    submit: () =>
      anAnswer({ facts: { model: 'tiny', prompt_tokens: 2, completion_tokens: 3, finish_reason: 'length' } }),
  });
  for (const prompt of ['Once', ['Once']]) {
    const answer = await world.client.completions.create({ model: 'tiny', prompt, stop: ['a', 'b'], best_of: 1 });
    expect(answer).toStrictEqual({
      id: `cmpl-${JOB_ID}`,
      object: 'text_completion',
      created: AT.getTime() / 1000,
      model: 'tiny',
      choices: [{ text: 'Hello there', index: 0, logprobs: null, finish_reason: 'length' }],
      usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 },
      plexus: expect.objectContaining({ cost: '0.0012' }),
    });
  }
  const { caller: _caller, signal: _signal, ...request } = world.asked[1] ?? {};
  const params = { model: 'tiny', stop: ['a', 'b'] };
  expect(request).toStrictEqual({ service: 'llm', content: 'Once', params, timeoutSeconds: 600, detached: false });
});

test.each([
  [{ model: 'default' }, { params: {} }],
  [{ model: 'tiny' }, { params: { model: 'tiny' } }],
  [{ model: 'gone', models: ['tiny', 'gone'] }, { params: { model: 'tiny' } }],
  [
    { model: 'gone', models: ['tiny', 'org/chat-1'] },
    { params: {}, models: ['tiny', 'org/chat-1'] },
  ],
  [{ model: 'tiny', models: ['default', 'gone'] }, { params: { model: 'tiny' } }],
  [{ model: 'gone', models: ['default'] }, { params: {} }],
  [
    { model: 'tiny', priority: 'high' },
    { params: { model: 'tiny' }, priority: 'high' },
  ],
  [
    { model: 'tiny', provider: { order: ['a', 'b'], ignore: ['c'], sort: 'price', max_price: 0.0001 } },
    { params: { model: 'tiny' }, routing: { order: ['a', 'b'], ignore: ['c'], sort: 'price', maxUnitPrice: 100n } },
  ],
  [
    {
      model: 'tiny',
      provider: { order: ['a', 'b'], allow_fallbacks: false, max_price: { prompt: '1', completion: 0.5 } },
    },
    { params: { model: 'tiny' }, routing: { order: ['a', 'b'], only: ['a', 'b'], maxUnitPrice: 500_000n } },
  ],
  [
    { model: 'tiny', provider: { order: ['a', 'b'], only: ['b', 'c'], allow_fallbacks: false, sort: null } },
    { params: { model: 'tiny' }, routing: { order: ['a', 'b'], only: ['b'] } },
  ],
])('%j chooses model, place and turn', async (body, expected) => {
  const world = await aWorld();
  const response = await post(world, '/completions', { prompt: 'Once', ...body });
  expect(await response.json()).toMatchObject({ object: 'text_completion' });
  const { caller: _caller, signal: _signal, detached: _detached, ...request } = world.asked[0] ?? {};
  expect(request).toStrictEqual({ service: 'llm', content: 'Once', timeoutSeconds: 600, ...expected });
});

test('an answer names the model that made it, or the one that was asked for', async () => {
  const { facts: _, ...job } = anAnswer();
  const world = await aWorld({ submit: () => job });
  const ask = async () => await world.client.chat.completions.create({ model: 'default', messages });
  expect(await ask()).toMatchObject({
    model: 'default',
    usage: { prompt_tokens: 12, completion_tokens: 0, total_tokens: 12 },
    choices: [{ finish_reason: 'stop' }],
  });
});

test('with respond-async the answer says only where the job is', async () => {
  const { result: _, facts: _facts, ...job } = anAnswer({ state: 'queued' });
  const world = await aWorld({ submit: () => job });
  const body = { model: CHAT_MODEL.id, messages };
  const response = await post(world, '/chat/completions', body, { prefer: 'wait=5, Respond-Async' });
  expect([response.status, await response.json()]).toStrictEqual([
    202,
    { id: JOB_ID, object: 'plexus.job', status: 'queued', created: AT.getTime() / 1000, model: CHAT_MODEL.id },
  ]);
  expect(response.headers.get('location')).toBe(`/plexus/v1/jobs/${JOB_ID}`);
  expect(response.headers.get('preference-applied')).toBe('respond-async');
  expect(world.asked).toMatchObject([{ detached: true }]);
});

test('an Idempotency-Key is handed on', async () => {
  const world = await aWorld();
  const options = { headers: { 'idempotency-key': 'once' } };
  await world.client.chat.completions.create({ model: 'default', messages }, options);
  expect(world.asked).toMatchObject([{ idempotency: { key: 'once', requestHash: expect.any(String) } }]);
});

test('models that cannot do what is asked for are passed over, and the alias stands for those that can', async () => {
  const plain = { ...CHAT_MODEL, id: 'plain', features: ['chat'] };
  const world = await aWorld({ models: [CHAT_MODEL, plain] });
  const json = { messages: [{ role: 'user', content: 'Hello' }], response_format: { type: 'json_object' } };
  for (const [body, params] of [
    [{ model: 'plain', models: [CHAT_MODEL.id] }, { model: CHAT_MODEL.id }],
    [{ model: 'plain', models: ['default'] }, {}],
  ] as const) {
    expect((await post(world, '/chat/completions', { ...json, ...body })).status).toBe(200);
    const { models, params: asked } = world.asked.at(-1) ?? {};
    expect({ models, asked }).toStrictEqual({
      models: undefined,
      asked: { chat: true, response_format: { type: 'json_object' }, ...params },
    });
  }
  const refused = await post(world, '/chat/completions', { ...json, model: 'plain', models: ['gone'] });
  expect([refused.status, await refused.json()]).toMatchObject([400, { error: { param: 'response_format' } }]);
});

test('a stream is not answered later', async () => {
  const world = await aWorld();
  const body = { model: 'tiny', prompt: 'Once', stream: true };
  const refused = await post(world, '/completions', body, { prefer: 'respond-async' });
  expect([refused.status, await refused.json()]).toMatchObject([
    400,
    { error: { param: 'stream', code: 'unsupported_parameter', message: expect.stringContaining('respond-async') } },
  ]);
  expect(world.asked).toStrictEqual([]);
});
