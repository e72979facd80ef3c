import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DomainError } from '@plexus/core';
import fc from 'fast-check';
import OpenAI, { APIConnectionError } from 'openai';
import { expect, onTestFinished, test } from 'vitest';
import { createRecentTries } from '../src/openai/recent-tries.ts';
import { createUndelivered } from '../src/openai/undelivered.ts';
import { JOB_ID } from './fakes.ts';
import { aBegunJob, aborted, anAnswer, aWorld, post, type World } from './openai-world.ts';

const BODY = { model: 'default', messages: [{ role: 'user' as const, content: 'Hello' }] };

function drop({ sockets }: World): void {
  for (const socket of sockets) socket.destroy();
}

test('a connection that breaks when the job is done costs one job, whenever it breaks', async () => {
  for (const when of ['before the answer', 'in the answer'] as const) {
    let isDropped = false;
    const dropOnce = () => {
      if (!isDropped) drop(world);
      isDropped = true;
    };
    const world: World = await aWorld({
      submit: () => (when === 'before the answer' && dropOnce(), anAnswer()),
      prepare: (app) => {
        app.addHook('onSend', async () => (when === 'in the answer' ? dropOnce() : undefined));
      },
    });
    const client = new OpenAI({ apiKey: 'gn_client', baseURL: world.url });
    const answer = await client.chat.completions.create(BODY);
    expect([isDropped, answer.choices[0]?.message.content], when).toStrictEqual([true, 'Hello there']);
    expect(world.asked.length, when).toBe(1);
  }
});

test('a client that gives up cancels its job; its repetition gets a new one', async () => {
  const world = await aWorld({
    async submit({ signal }) {
      if (world.asked.length > 1) return anAnswer();
      drop(world);
      await aborted(signal as AbortSignal);
      return anAnswer({ state: 'cancelled', reason: 'cancelled_by_client' });
    },
  });
  const client = new OpenAI({ apiKey: 'gn_client', baseURL: world.url, maxRetries: 1 });
  await client.chat.completions.create(BODY);
  expect(world.asked.length).toBe(2);
});

test('with "background" the repetition waits for the same job', async () => {
  let isDropped = false;
  const world = await aWorld({
    async submit({ signal }) {
      expect(signal).toBeUndefined();
      drop(world);
      isDropped = true;
      return anAnswer();
    },
  });
  const client = new OpenAI({ apiKey: 'gn_client', baseURL: world.url, maxRetries: 1 });
  await client.post('/chat/completions', { body: { ...BODY, background: true } });
  expect([isDropped, world.asked.length]).toStrictEqual([true, 1]);
});

test('a lost 202 is given again: one job, which only those get who want it later', async () => {
  let isDropped = false;
  const world: World = await aWorld({
    submit() {
      if (!isDropped) drop(world);
      isDropped = true;
      return aBegunJob();
    },
    get: (id) => aBegunJob({ id }),
  });
  const client = new OpenAI({ apiKey: 'gn_client', baseURL: world.url, maxRetries: 1 });
  const headers = { prefer: 'respond-async' };
  const { data, response } = await client.post('/chat/completions', { body: BODY, headers }).withResponse();
  expect([response.status, response.headers.get('location'), data]).toMatchObject([
    202,
    `/plexus/v1/jobs/${JOB_ID}`,
    { id: JOB_ID, object: 'plexus.job' },
  ]);
  expect([isDropped, world.asked.length]).toStrictEqual([true, 1]);
});

test('who waits does not get a job that was only accepted', async () => {
  const world: World = await aWorld({
    submit: () => {
      if (world.asked.length > 1) return anAnswer();
      drop(world);
      return aBegunJob();
    },
    get: (id) => aBegunJob({ id }),
  });
  await expect(post(world, '/chat/completions', BODY, { prefer: 'respond-async' })).rejects.toThrow('fetch failed');
  const again = await post(world, '/chat/completions', BODY, { 'x-stainless-retry-count': '1' });
  expect([again.status, world.asked.length]).toStrictEqual([200, 2]);
});

test('an answer is given to its own request only, once, and not to a first try', async () => {
  const world = await aWorld({
    submit: () => {
      if (world.asked.length === 1) drop(world);
      return anAnswer();
    },
  });
  await expect(world.client.chat.completions.create(BODY)).rejects.toBeInstanceOf(APIConnectionError);
  const retry = { 'x-stainless-retry-count': '1' };
  const counts: number[] = [];
  const ask = async (body: object, headers: Record<string, string>) => {
    await (await post(world, '/chat/completions', body, headers)).text();
    counts.push(world.asked.length);
  };
  await ask(BODY, { 'x-stainless-retry-count': '0' });
  await ask({ ...BODY, seed: 1 }, retry);
  await ask(BODY, { ...retry, authorization: 'Bearer gn_operator' });
  // The lost one; the one of the first try above, which may have been lost behind the network; and none is left.
  for (let at = 0; at < 3; at++) await ask(BODY, retry);
  expect(counts).toStrictEqual([2, 3, 4, 4, 4, 5]);
});

/** Hands the first answers whole to nobody, then passes on: a proxy that loses them. */
async function aLosingProxy(target: string, lost: number): Promise<string> {
  let left = lost;
  const server = createServer(async (request, response) => {
    const headers = { ...request.headers, host: new URL(target).host, connection: undefined };
    const sent = Object.entries(headers).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
    const answer = await fetch(target + (request.url ?? ''), {
      method: 'POST',
      headers: sent.filter(([name]) => name !== 'content-length'),
      body: await text(request),
    });
    const body = await answer.text();
    if (left-- > 0) return request.socket.destroy();
    return response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('an answer that was sent, and was lost behind a proxy, is given again, whole or streamed', async () => {
  const world = await aWorld({ get: (id) => anAnswer({ id }) });
  const { origin, pathname } = new URL(world.url);
  for (const lost of [1, 2]) {
    world.asked.length = 0;
    const baseURL = (await aLosingProxy(origin, lost)) + pathname;
    const client = new OpenAI({ apiKey: 'gn_client', baseURL });
    const answer = await client.chat.completions.create(BODY);
    expect([answer.choices[0]?.message.content, world.asked.length], `${lost}`).toStrictEqual(['Hello there', 1]);
  }
  world.asked.length = 0;
  const client = new OpenAI({ apiKey: 'gn_client', baseURL: (await aLosingProxy(origin, 1)) + pathname });
  let streamed = '';
  for await (const { choices } of await client.chat.completions.create({ ...BODY, stream: true })) {
    streamed += choices[0]?.delta.content ?? '';
  }
  expect([streamed, world.asked.length]).toStrictEqual(['Hello there', 1]);
});

test('the repetition of a refused try is not given the answer of another request that asks the same', async () => {
  const world = await aWorld({
    submit() {
      if (world.asked.length === 2)
        throw new DomainError('TOO_MANY_RUNNING', 'busy', { limit: 1, retryAfterSeconds: 0 });
      return anAnswer();
    },
  });
  for (let at = 0; at < 2; at++) await world.client.chat.completions.create(BODY).catch(() => undefined);
  await (await post(world, '/chat/completions', BODY, { 'x-stainless-retry-count': '1' })).text();
  expect(world.asked.length).toBe(3);
});

test('a try that was answered is kept for 15 seconds', () => {
  let now = 0;
  const recent = createRecentTries(() => now);
  const tried = { keyId: 'k', requestHash: 'h', number: 0 };
  recent.remember(tried, '1');
  now = 14_999;
  expect(recent.take({ ...tried, number: 1 })).toBeUndefined();
  expect(recent.take(tried)).toBe('1');
  recent.remember(tried, '2');
  now += 15_000;
  expect(recent.take(tried)).toBeUndefined();
});

test('an answer waits ten minutes', () => {
  let now = 0;
  const undelivered = createUndelivered(() => now);
  const asked = { keyId: 'k', requestHash: 'h' };
  undelivered.remember(asked, Promise.resolve('1'));
  now = 600_000;
  expect(undelivered.take(asked)).toBeUndefined();
  undelivered.remember(asked, Promise.resolve('2'));
  now += 599_999;
  expect(undelivered.take(asked)).toBeInstanceOf(Promise);
  expect(undelivered.take(asked)).toBeUndefined();
});

test('of many answers the oldest are forgotten, and each is given once', async () => {
  const keys = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 1500, size: 'max' });
  await fc.assert(
    fc.asyncProperty(keys, async (numbers) => {
      const undelivered = createUndelivered(() => 0);
      const askedBy = (number: number) => ({ keyId: `k${number % 3}`, requestHash: `h${number}` });
      numbers.forEach((number, index) => undelivered.remember(askedBy(number), Promise.resolve(String(index))));
      const kept = numbers.map((number, index) => ({ number, index })).slice(-1000);
      for (const { number, index } of kept) {
        expect(await undelivered.take(askedBy(number)), `${number}`).toBe(String(index));
      }
      for (const number of numbers) expect(undelivered.take(askedBy(number))).toBeUndefined();
    }),
    { numRuns: 10 },
  );
});
