import { expect, test } from 'vitest';
import { aWorld, post } from './openai-world.ts';

const CHAT = { model: 'default', messages: [{ role: 'user', content: 'Hello' }] };
const TEXT = { model: 'default', prompt: 'Once' };
const EMBED = { model: 'embedding', input: 'Once' };
const withPart = (part: object) => ({ messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }, part] }] });

const CASES: readonly (readonly [string, object, Record<string, unknown>, string, string])[] = [
  ['/chat/completions', CHAT, { tools: [{ type: 'function' }] }, 'tools', 'unsupported_parameter'],
  ['/chat/completions', CHAT, { functions: [{}] }, 'functions', 'unsupported_parameter'],
  ['/chat/completions', CHAT, { tool_choice: 'required' }, 'tool_choice', 'unsupported_parameter'],
  ['/chat/completions', CHAT, { n: 2 }, 'n', 'unsupported_parameter'],
  ['/chat/completions', CHAT, { logprobs: true }, 'logprobs', 'unsupported_parameter'],
  ['/chat/completions', CHAT, { top_logprobs: 3 }, 'top_logprobs', 'unsupported_parameter'],
  ['/chat/completions', CHAT, { logit_bias: { 5: 1 } }, 'logit_bias', 'unsupported_parameter'],
  ['/chat/completions', CHAT, { modalities: ['text', 'audio'] }, 'modalities', 'unsupported_parameter'],
  ['/chat/completions', CHAT, { audio: { voice: 'x' } }, 'audio', 'unsupported_parameter'],
  ['/chat/completions', CHAT, { prediction: {} }, 'prediction', 'unsupported_parameter'],
  ['/chat/completions', CHAT, { reasoning_effort: 'high' }, 'reasoning_effort', 'unsupported_parameter'],
  ['/chat/completions', CHAT, { service_tier: 'flex' }, 'service_tier', 'unsupported_parameter'],
  ['/chat/completions', CHAT, { top_k: 5 }, 'top_k', 'unknown_parameter'],
  ['/chat/completions', CHAT, { max_completion_tokens: 5000 }, 'max_completion_tokens', 'invalid_value'],
  ['/chat/completions', CHAT, { max_tokens: 5000 }, 'max_tokens', 'invalid_value'],
  ['/chat/completions', CHAT, { temperature: 'hot' }, 'temperature', 'invalid_type'],
  ['/chat/completions', CHAT, { temperature: 3 }, 'temperature', 'invalid_value'],
  ['/chat/completions', CHAT, { stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop', 'invalid_value'],
  ['/chat/completions', CHAT, { seed: -1 }, 'seed', 'invalid_value'],
  ['/chat/completions', CHAT, { priority: 'urgent' }, 'priority', 'invalid_value'],
  ['/chat/completions', CHAT, { messages: undefined }, 'messages', 'missing_required_parameter'],
  ['/chat/completions', CHAT, { messages: [] }, 'messages', 'invalid_value'],
  ['/chat/completions', CHAT, { messages: Array(4097).fill(CHAT.messages[0]) }, 'messages', 'invalid_value'],
  ['/chat/completions', CHAT, { messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role', 'invalid_value'],
  ['/chat/completions', CHAT, { messages: [{ role: 'user', content: 5 }] }, 'messages[0].content', 'invalid_type'],
  ['/chat/completions', CHAT, { messages: [{ role: 'user', name: 'x' }] }, 'messages[0].name', 'unsupported_parameter'],
  [
    '/chat/completions',
    CHAT,
    withPart({ type: 'image_url', image_url: {} }),
    'messages[0].content[1].type',
    'unsupported_parameter',
  ],
  [
    '/chat/completions',
    CHAT,
    withPart({ type: 'input_audio' }),
    'messages[0].content[1].type',
    'unsupported_parameter',
  ],
  ['/chat/completions', CHAT, withPart({ type: 'text' }), 'messages[0].content[1].text', 'missing_required_parameter'],
  ['/chat/completions', CHAT, { response_format: { type: 'grammar' } }, 'response_format.type', 'invalid_value'],
  [
    '/chat/completions',
    CHAT,
    { response_format: { type: 'json_schema', json_schema: { name: 'x' } } },
    'response_format.json_schema.schema',
    'missing_required_parameter',
  ],
  [
    '/chat/completions',
    CHAT,
    { response_format: { type: 'json_object', json_schema: {} } },
    'response_format.json_schema',
    'unknown_parameter',
  ],
  ['/chat/completions', CHAT, { response_format: {} }, 'response_format.type', 'missing_required_parameter'],
  ['/chat/completions', CHAT, { messages: [{ role: 'user', content: [] }] }, 'messages[0].content', 'invalid_value'],
  ['/chat/completions', CHAT, { messages: [{ role: 'user' }] }, 'messages[0].content', 'invalid_value'],
  [
    '/chat/completions',
    CHAT,
    { messages: [...CHAT.messages, { role: 'system', content: null }] },
    'messages[1].content',
    'invalid_value',
  ],
  ['/chat/completions', CHAT, { top_p: 1.1 }, 'top_p', 'invalid_value'],
  ['/chat/completions', CHAT, { provider: { quantizations: ['int8'] } }, 'provider.quantizations', 'unknown_parameter'],
  [
    '/chat/completions',
    CHAT,
    { provider: { allow_fallbacks: false } },
    'provider.allow_fallbacks',
    'unsupported_parameter',
  ],
  ['/chat/completions', CHAT, { provider: { only: [] } }, 'provider', 'unsupported_parameter'],
  [
    '/chat/completions',
    CHAT,
    { provider: { order: ['a'], only: ['b'], allow_fallbacks: false } },
    'provider',
    'unsupported_parameter',
  ],
  ['/chat/completions', CHAT, { model: 'tiny' }, 'messages', 'unsupported_parameter'],
  ['/completions', TEXT, { prompt: ['a', 'b'] }, 'prompt', 'invalid_value'],
  ['/completions', TEXT, { prompt: [1, 2] }, 'prompt[0]', 'unsupported_parameter'],
  ['/completions', TEXT, { best_of: 2 }, 'best_of', 'unsupported_parameter'],
  ['/completions', TEXT, { echo: true }, 'echo', 'unsupported_parameter'],
  ['/completions', TEXT, { suffix: 'x' }, 'suffix', 'unsupported_parameter'],
  ['/completions', TEXT, { logprobs: 0 }, 'logprobs', 'unsupported_parameter'],
  ['/completions', TEXT, { model: 'tiny', frequency_penalty: 1 }, 'frequency_penalty', 'unsupported_parameter'],
  ['/embeddings', EMBED, { input: [1, 2] }, 'input[0]', 'unsupported_parameter'],
  ['/embeddings', EMBED, { input: '' }, 'input', 'invalid_value'],
  ['/embeddings', EMBED, { input: [''] }, 'input[0]', 'invalid_value'],
  ['/embeddings', EMBED, { dimensions: 4 }, 'dimensions', 'unsupported_parameter'],
];

test('what cannot be honoured is refused by its name, and nothing is asked of a node', async () => {
  const world = await aWorld();
  for (const [path, body, change, param, code] of CASES) {
    const response = await post(world, path, { ...body, ...change });
    const refusal = [response.status, await response.json()];
    const name = JSON.stringify(change);
    expect(refusal, name).toMatchObject([400, { error: { type: 'invalid_request_error', param, code } }]);
  }
  expect(world.asked).toStrictEqual([]);
});

test('a refusal says why in words', async () => {
  const world = await aWorld();
  const ask = async (change: object) => {
    const answer = (await (await post(world, '/chat/completions', { ...CHAT, ...change })).json()) as {
      error: { message: string };
    };
    return answer.error.message;
  };
  expect(await ask({ n: 2 })).toBe("Unsupported parameter: 'n' (2): only one answer is made");
  expect(await ask(withPart({ type: 'image_url' }))).toBe(
    `Unsupported parameter: 'messages[0].content[1].type' ("image_url"): a message has parts of type "text" only`,
  );
  expect(await ask({ messages: [{ role: 'tool', content: '' }] })).toBe(
    `Invalid value for 'messages[0].role' ("tool"): it must be one of 'system', 'developer', 'user', 'assistant'`,
  );
  expect(await ask({ messages: [{ role: 'tool', content: '', tool_call_id: 'call_1' }] })).toBe(
    `Unsupported parameter: 'messages[0].tool_call_id' ("call_1"): tools are not called`,
  );
  expect(await ask({ response_format: { type: 'xml' } })).toBe(
    `Invalid value for 'response_format.type' ("xml"): it must be one of text, json_object, json_schema`,
  );
});

test('null, and what changes nothing, is taken', async () => {
  const world = await aWorld();
  const nothing = { tools: [], tool_choice: 'none', logprobs: false, logit_bias: {}, modalities: ['text'], n: 1 };
  const harmless = { user: 'x', metadata: { a: 'b' }, store: true, service_tier: 'auto', safety_identifier: 'x' };
  const nulls = { max_tokens: null, stop: null, provider: null, response_format: null, stream: null, audio: null };
  const choices = { tool_choice: 'auto', function_call: 'auto' };
  for (const change of [choices, nothing, harmless, nulls]) {
    const response = await post(world, '/chat/completions', { ...CHAT, ...change });
    expect(response.status, JSON.stringify(change)).toBe(200);
  }
  for (const { params } of world.asked) expect(params).toStrictEqual({ chat: true });
});

test('a body that is no JSON object is refused', async () => {
  const { app } = await aWorld();
  const headers = { authorization: 'Bearer gn_client', 'content-type': 'application/json' };
  const ask = async (payload: string, type = 'application/json') => {
    const options = { method: 'POST', url: '/v1/completions', headers: { ...headers, 'content-type': type }, payload };
    const response = await app.inject(options as object);
    return [response.statusCode, response.json().error.code];
  };
  expect(await ask('{broken')).toStrictEqual([400, 'invalid_json']);
  expect(await ask('[]')).toStrictEqual([400, 'invalid_type']);
  expect(await ask(`{"metadata":${'['.repeat(70)}${']'.repeat(70)}}`)).toStrictEqual([400, 'invalid_value']);
  expect(await ask('a=b', 'text/plain')).toStrictEqual([415, 'malformed_request']);
});

test('"top_p" 0 leaves the likeliest token only, as "temperature" 0 does', async () => {
  const world = await aWorld();
  for (const change of [{ top_p: 0, temperature: 1 }, { top_p: 0.5 }]) {
    expect((await post(world, '/completions', { ...TEXT, ...change })).status).toBe(200);
  }
  expect(world.asked.map(({ params }) => params)).toStrictEqual([{ temperature: 0 }, { top_p: 0.5 }]);
});
