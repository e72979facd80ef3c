import { connect } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { useRequestId } from '@plexus/listener';
import Fastify from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { createHostGuard, installNotFound, listenerOptions, useHostGuard } from '../src/index.ts';
import { aListener } from './fakes.ts';

test('every answer has a request id: the given one when it is fit, else a fresh one', async () => {
  const app = await aListener();
  const ask = async (url: string, id?: string) => {
    const response = await app.inject({ url, headers: id === undefined ? {} : { 'x-request-id': id } });
    return response.headers['x-request-id'];
  };
  expect(await ask('/api/v1/status', 'mine-1')).toBe('mine-1');
  for (const bad of ['two words', 'x'.repeat(129), '']) expect(await ask('/api/v1/status', bad), bad).not.toBe(bad);
  const fresh = [
    await ask('/api/v1/status'),
    await ask('/nowhere'),
    await ask('/api/v1/%zz'),
    await ask('/api/v1/balance'),
  ];
  fresh.forEach((id) => expect(id).toMatch(/^[\x21-\x7e]{8,128}$/));
  expect(new Set(fresh).size).toBe(fresh.length);
});

test('unknown paths and methods are answered in their own dialect', async () => {
  const app = await aListener({ gemmanet: {}, plexus: {} });
  const ask = async (method: 'GET' | 'DELETE' | 'OPTIONS', url: string) => {
    const response = await app.inject({ method, url });
    return [response.statusCode, response.json(), response.headers.allow];
  };
  expect(await ask('GET', '/api/v1/nothing?x=1')).toStrictEqual([404, { detail: 'Not Found' }, undefined]);
  const wrong = { detail: 'Method Not Allowed' };
  expect(await ask('GET', '/api/v1/request')).toStrictEqual([405, wrong, 'POST']);
  expect(await ask('DELETE', '/api/v1/status?x=1')).toStrictEqual([405, wrong, 'GET, HEAD']);
  expect(await ask('DELETE', '/api/v1/reputation/abc')).toStrictEqual([405, wrong, 'GET, HEAD']);
  expect(await ask('OPTIONS', '/plexus/v1/jobs')).toMatchObject([
    405,
    { error: { code: 'METHOD_NOT_ALLOWED' } },
    'GET, HEAD, POST',
  ]);
  expect(await ask('GET', '/plexus/v1/nothing')).toMatchObject([404, { error: { code: 'NOT_FOUND' } }, undefined]);
});

test('a client that sends no body, but says that it is JSON, hears what is wrong with its path or method', async () => {
  const app = await aListener({ gemmanet: {}, plexus: {} });
  const headers = { 'content-type': 'application/json' };
  const answer = await app.inject({ method: 'DELETE', url: '/api/v1/status', headers });
  expect([answer.statusCode, answer.headers.allow]).toStrictEqual([405, 'GET, HEAD']);
  expect((await app.inject({ method: 'DELETE', url: '/plexus/v1/nothing', headers })).statusCode).toBe(404);
});

test('a broken URL, and a broken body on the way to nowhere, are answered in a dialect too', async () => {
  const app = await aListener({ gemmanet: {}, plexus: {} });
  const gemmanet = await app.inject('/api/v1/reputation/%zz');
  expect([gemmanet.statusCode, gemmanet.json()]).toStrictEqual([400, { detail: expect.any(String) }]);
  const plexus = await app.inject('/plexus/v1/jobs/%zz');
  expect([plexus.statusCode, plexus.json()]).toMatchObject([400, { error: { code: 'MALFORMED_REQUEST' } }]);
  const headers = { 'content-type': 'application/json' };
  const lost = await app.inject({ method: 'POST', url: '/nowhere', headers, payload: '{broken' });
  expect([lost.statusCode, Object.keys(lost.json())]).toStrictEqual([400, ['detail']]);
});

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

test('a request without a Host is refused as HTTP wants it', async () => {
  const ask = await listen([]);
  expect(await ask(undefined)).toBe(400);
});

async function listen(names: readonly string[]) {
  const app = Fastify(listenerOptions);
  closing.push(() => app.close());
  useRequestId(app);
  installNotFound(app);
  useHostGuard(app, createHostGuard({ names }));
  app.get('/', async () => ({ ok: true }));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  return async (host: string | undefined, origin?: string) => {
    const socket = connect(port, '127.0.0.1');
    const headers = ['Connection: close'];
    if (host !== undefined) headers.push(`Host: ${host.replace('PORT', String(port))}`);
    if (origin !== undefined) headers.push(`Origin: ${origin.replace('PORT', String(port))}`);
    socket.end(`GET / HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await once(socket, 'close');
    return Number(text.slice(9, 12));
  };
}

test('a foreign Host is refused, the own ones and the configured ones are not', async () => {
  const ask = await listen(['plexus.example', 'other.example:8443']);
  const allowed = ['127.0.0.1:PORT', 'localhost:PORT', 'LOCALHOST:PORT', '[::1]:PORT', 'plexus.example'];
  allowed.push('plexus.example:99', 'other.example:8443');
  for (const host of allowed) expect(await ask(host), host).toBe(200);
  const refused = [
    'evil.example:PORT',
    'localhost',
    'localhost:1',
    '127.0.0.1.evil.example:PORT',
    'other.example',
    '0.0.0.0:PORT',
  ];
  for (const host of refused) expect(await ask(host), host).toBe(403);
});

test("only the listener's own pages may call it", async () => {
  const ask = await listen(['plexus.example']);
  expect(await ask('localhost:PORT', 'http://localhost:PORT')).toBe(200);
  expect(await ask('plexus.example', 'https://plexus.example')).toBe(200);
  expect(await ask('127.0.0.1:PORT', 'https://plexus.example')).toBe(200);
  const pages = ['http://evil.example', 'http://localhost:1', 'http://127.0.0.1:PORT', 'null', 'http://localhost'];
  for (const page of pages) expect(await ask('localhost:PORT', page), page).toBe(403);
  expect(await ask('localhost:PORT', 'http://plexus.example.evil.example')).toBe(403);
});
