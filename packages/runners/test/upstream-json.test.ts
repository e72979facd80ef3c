/** What a call to an operator's server says when its answer is none. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callJson } from '../src/llm/upstream-http.ts';
import { failureOf } from './runner-conformance.ts';

const server = createServer((request, response) => {
  if (request.url === '/text') return void response.end('hello');
  response.writeHead(200, { 'content-length': 99 }).write('{"images":', () => response.destroy());
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server has such an address.
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const ask = (path: string) => {
  const { signal } = new AbortController();
  return failureOf(callJson({ address: { url }, path, firstByteMs: 10_000, idleMs: 10_000, signal }));
};

it('an answer that is no JSON is quoted', async () => {
  const message = 'The upstream engine answered with something that is no JSON: hello';
  expect(await ask('/text')).toMatchObject({ code: 'ENGINE_FAILED', message });
});

it('an answer that breaks off is told of as such', async () => {
  const message = 'The upstream engine broke off its answer';
  expect(await ask('/broken')).toMatchObject({ code: 'ENGINE_FAILED', message });
});
