import { once } from 'node:events';
import { connect } from 'node:net';
import type { Job, StreamRequest } from '@plexus/core';
import { APIError } from 'openai';
import { expect, test } from 'vitest';
import { AT, JOB_ID } from './fakes.ts';
import { aborted, aBegunJob, anAnswer, aStream, aWorld, CHAT_MODEL, post } from './openai-world.ts';

const messages = [{ role: 'user' as const, content: 'Hello' }];
const BODY = { model: CHAT_MODEL.id, messages, stream: true as const };
const FAILED: Job = anAnswer({ state: 'failed', reason: 'node_lost', error: 'The node abc-123 was lost' });

test('the official client reads a streamed conversation with its usage', async () => {
  const world = await aWorld();
  const stream = await world.client.chat.completions.create({ ...BODY, stream_options: { include_usage: true } });
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  const head = { id: `chatcmpl-${JOB_ID}`, object: 'chat.completion.chunk', created: AT.getTime() / 1000 };
  const choice = { index: 0, logprobs: null, finish_reason: null };
  const chunk = (choices: object[], usage: object | null = null) => ({ ...head, model: CHAT_MODEL.id, choices, usage });
  expect(chunks).toStrictEqual([
    chunk([{ ...choice, delta: { role: 'assistant', content: '', refusal: null } }]),
    chunk([{ ...choice, delta: { content: 'Hello' } }]),
    chunk([{ ...choice, delta: { content: ' there' } }]),
    chunk([{ ...choice, delta: {}, finish_reason: 'stop' }]),
    chunk([], { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 }),
  ]);
  expect(world.asked).toMatchObject([{ detached: false, params: { chat: true, model: CHAT_MODEL.id } }]);
});

test("the official client's helper puts the pieces together", async () => {
  const world = await aWorld();
  const final = await world.client.chat.completions.stream({ model: 'default', messages }).finalChatCompletion();
  expect(final.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Hello there' } });
});

test('a stream is an event stream, word for word', async () => {
  const world = await aWorld();
  const response = await post(world, '/completions', { model: 'tiny', prompt: 'Once', stream: true });
  const headers = ['content-type', 'cache-control', 'x-accel-buffering', 'x-plexus-job', 'x-plexus-node'];
  expect(headers.map((name) => response.headers.get(name))).toStrictEqual([
    'text/event-stream; charset=utf-8',
    'no-cache',
    'no',
    JOB_ID,
    'abc-123',
  ]);
  expect(response.headers.get('x-request-id')).toBeTruthy();
  const start = `data: {"id":"cmpl-${JOB_ID}","object":"text_completion","created":1736937000,"model":"org/chat-1","choices":[`;
  expect(await response.text()).toBe(
    [
      `${start}{"text":"Hello","index":0,"logprobs":null,"finish_reason":null}]}`,
      `${start}{"text":" there","index":0,"logprobs":null,"finish_reason":null}]}`,
      `${start}{"text":"","index":0,"logprobs":null,"finish_reason":"stop"}]}`,
      'data: [DONE]',
      '',
    ].join('\n\n'),
  );
});

test('a fault in mid-stream is an error, and never a finish', async () => {
  const world = await aWorld({ stream: () => aStream(['Hello'], FAILED) });
  const response = await post(world, '/chat/completions', BODY);
  const text = await response.text();
  const error = { message: 'The node abc-123 was lost', type: 'server_error', param: null, code: 'node_lost' };
  expect(text.split('\n\n').at(-2)).toBe(`data: ${JSON.stringify({ error })}`);
  expect(text).not.toMatch(/\[DONE\]|"finish_reason":"/);
  const read = async () => {
    for await (const chunk of await world.client.chat.completions.create(BODY)) void chunk;
  };
  await expect(read()).rejects.toThrow(APIError);
});

test('a bug in mid-stream keeps its message to itself', async () => {
  async function* broken() {
    yield 'Hello';
    throw new Error('the secret');
  }
  const world = await aWorld({ stream: () => aStream(broken()) });
  const text = await (await post(world, '/chat/completions', BODY)).text();
  expect(text).toContain('"code":"internal_error"');
  expect(text).not.toContain('secret');
});

test('a job that ended before its first piece is refused, not streamed', async () => {
  const world = await aWorld({ stream: () => ({ ...aStream([], FAILED), job: FAILED }) });
  const response = await post(world, '/chat/completions', BODY);
  expect([response.status, await response.json()]).toMatchObject([502, { error: { code: 'node_lost' } }]);
  expect(response.headers.get('content-type')).toMatch('application/json');
});

test('the answer of a job that has ended already is one chunk, and no chunk when it is empty', async () => {
  const texts = async (result: string) => {
    const ended = anAnswer({ result });
    const world = await aWorld({ stream: () => ({ ...aStream([], ended), job: ended }) });
    const found = [];
    for await (const { choices } of await world.client.chat.completions.create(BODY)) found.push(choices[0]);
    return found.map((choice) => [choice?.delta.content, choice?.finish_reason]);
  };
  const [role, finish] = [
    ['', null],
    [undefined, 'stop'],
  ];
  expect(await texts('All of it')).toStrictEqual([role, ['All of it', null], finish]);
  expect(await texts('')).toStrictEqual([role, finish]);
});

/** Streams one piece, then waits for its signal. */
function endless(request: StreamRequest) {
  async function* texts() {
    yield 'Hello';
    if (request.signal) await aborted(request.signal);
  }
  return aStream(texts(), anAnswer({ state: 'cancelled', reason: 'cancelled_by_client' }));
}

test('a stream whose client goes away is cancelled', async () => {
  const world = await aWorld({ stream: endless });
  const stream = await world.client.chat.completions.create(BODY);
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content === 'Hello') break;
  await aborted(world.asked[0]?.signal as AbortSignal);
});

test('with "background" it is read to its end, though nobody listens', async () => {
  let settle: (() => void) | undefined;
  const isRead = new Promise<void>((resolve) => (settle = resolve));
  let open: (() => void) | undefined;
  const isClosed = new Promise<void>((resolve) => (open = resolve));
  async function* texts() {
    yield 'Hello';
    await isClosed;
    yield ' there';
    settle?.();
  }
  const world = await aWorld({ stream: () => aStream(texts()) });
  const response = await post(world, '/chat/completions', { ...BODY, background: true });
  await response.body?.cancel();
  for (const socket of world.sockets) {
    socket.once('close', () => open?.());
    socket.destroy();
  }
  await isRead;
  expect(world.asked[0]).not.toHaveProperty('signal');
});

test('a stream under an Idempotency-Key has one reader', async () => {
  const world = await aWorld({ stream: endless });
  const headers = { 'idempotency-key': 'once' };
  const first = await post(world, '/chat/completions', BODY, headers);
  const second = await post(world, '/chat/completions', BODY, headers);
  expect([second.status, await second.json()]).toMatchObject([409, { error: { code: 'idempotency_key_in_use' } }]);
  expect(second.headers.get('x-should-retry')).toBe('false');
  await first.body?.cancel();
  await aborted(world.asked[0]?.signal as AbortSignal);
  expect((await post(world, '/chat/completions', BODY, headers)).status).toBe(200);
});

test('a client that does not read holds the pieces back, and gets all of them when it does', async () => {
  const COUNT = 400;
  let made = 0;
  async function* texts() {
    for (; made < COUNT; made++) yield String(made).padEnd(50_000, '.');
  }
  const world = await aWorld({ stream: () => aStream(texts()) });
  const { hostname, port } = new URL(world.url);
  const socket = connect(Number(port), hostname);
  const payload = JSON.stringify(BODY);
  const head = ['POST /v1/chat/completions HTTP/1.1', `Host: ${hostname}:${port}`, 'Authorization: Bearer gn_client'];
  head.push('Content-Type: application/json', `Content-Length: ${payload.length}`, 'Connection: close');
  socket.write(`${head.join('\r\n')}\r\n\r\n${payload}`);
  await once(socket, 'readable');
  // It stands still once the buffers of both sockets are full: nothing is made in many turns of the loop.
  for (let still = 0, before = -1; still < 500; before = made) {
    still = before === made ? still + 1 : 0;
    await new Promise(setImmediate);
  }
  expect(made).toBeLessThan(COUNT);
  let text = '';
  socket.setEncoding('utf8').on('data', (data: string) => (text += data));
  await once(socket, 'close');
  expect(made).toBe(COUNT);
  expect(text).toContain('data: [DONE]');
});

test('the stream of a job that is begun names the model that it was given', async () => {
  const job = aBegunJob({ params: {}, facts: { model: 'real', model_sha256: 'ff' } });
  const world = await aWorld({ stream: () => ({ ...aStream(['x']), job }) });
  for await (const chunk of await world.client.chat.completions.create({ ...BODY, model: 'default' })) {
    expect(chunk).toMatchObject({ model: 'real', system_fingerprint: 'ff' });
    expect(chunk).not.toHaveProperty('usage');
  }
});
