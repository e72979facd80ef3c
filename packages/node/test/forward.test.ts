import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { MAX_BODY_BYTES } from '@plexus/protocol';
import { fastify } from 'fastify';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { forwardDialects } from '../src/forward.ts';
import { OPENAI } from '../src/forwarded-dialects.ts';
import { connectedNode, coordinator } from './setup.ts';

const CHAT = '/v1/chat/completions';
const KEY = { authorization: 'Bearer gn_1' };
const JSON_KEY = { ...KEY, 'content-type': 'application/json' };

async function forwardingNode() {
  const { node, hub } = await connectedNode({ ports: [0] });
  return { url: node.urls[0] ?? '', hub, node };
}

/** A POST whose body and answer a test handles piece by piece. */
function post(url: string, headers: Record<string, string | number> = JSON_KEY): ClientRequest {
  return httpRequest(`${url}${CHAT}`, { method: 'POST', headers });
}

async function answerOf(sent: ClientRequest): Promise<IncomingMessage> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
}

async function nextText(answer: IncomingMessage): Promise<string> {
  const [piece] = (await once(answer, 'data')) as [Buffer];
  return piece.toString();
}

describe('OpenAI’s paths', () => {
  test('go to the coordinator with what it reads, and come back with what it says', async () => {
    const { url, hub } = await forwardingNode();
    const asked = fetch(`${url}${CHAT}?a=b%2Fc`, {
      method: 'POST',
      headers: {
        ...JSON_KEY,
        'x-request-id': 'r-1',
        'idempotency-key': 'mine',
        prefer: 'respond-async',
        'x-stainless-retry-count': '1',
        cookie: 'secret',
        'x-forwarded-host': 'evil.example',
      },
      body: '{"model":"default"}',
    });
    const { request, response } = await hub.calls.next();
    expect(`${request.method} ${request.url}`).toBe(`POST ${CHAT}?a=b%2Fc`);
    expect(await text(request)).toBe('{"model":"default"}');
    expect(request.headers).toMatchObject({
      ...JSON_KEY,
      host: new URL(hub.url).host,
      'x-request-id': 'r-1',
      'idempotency-key': 'mine',
      prefer: 'respond-async',
      'x-stainless-retry-count': '1',
    });
    for (const name of ['cookie', 'x-forwarded-host', 'accept-encoding']) {
      expect(request.headers, name).not.toHaveProperty(name);
    }
    response.writeHead(202, { location: '/plexus/v1/jobs/1', 'x-plexus-job': '1', 'keep-alive': 'timeout=7' });
    response.end('{"id":"1"}');
    const answer = await asked;
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe('/plexus/v1/jobs/1');
    expect(answer.headers.get('x-plexus-job')).toBe('1');
    expect(answer.headers.get('keep-alive')).not.toBe('timeout=7');
    expect(await answer.text()).toBe('{"id":"1"}');
  });
});

describe('the paths of models', () => {
  const longest = `/v1/models/${'%2F'.repeat(200)}`;
  test.each(['/v1/models', '/v1/models/some%2Fmodel', '/v1/models/..%2F..%2Fplexus%2Fv1%2Fkeys', longest])(
    'are among them: %s',
    async (path) => {
      const { url, hub } = await forwardingNode();
      const asked = fetch(url + path, { headers: KEY });
      const { request, response } = await hub.calls.next();
      expect(request.url).toBe(path);
      response.end('{}');
      expect((await asked).status).toBe(200);
    },
  );
});

describe('nothing but OpenAI’s paths', () => {
  test('goes to the coordinator', async () => {
    const { url, hub } = await forwardingNode();
    for (const path of ['/plexus/v1/jobs', '/v1/models/a/b', '/v1/audio', '/api/v1/nodes']) {
      expect((await fetch(url + path)).status, path).toBe(404);
    }
    expect(hub.calls.waiting).toEqual([]);
  });

  test('chooses another target', async () => {
    const { url, hub } = await forwardingNode();
    const { hostname, port } = new URL(url);
    const sent = httpRequest({ hostname, port, path: 'http://evil.example/v1/models?x=1', headers: KEY }).end();
    const { request, response } = await hub.calls.next();
    expect(request.url).toBe('/v1/models?x=1');
    response.end('{}');
    (await answerOf(sent)).resume();
  });

  test('is let in under a foreign name', async () => {
    const { url, hub } = await forwardingNode();
    const sent = httpRequest(`${url}/v1/models`, { headers: { host: 'evil.example' } }).end();
    const answer = await answerOf(sent);
    answer.resume();
    expect(answer.statusCode).toBe(421);
    expect(hub.calls.waiting).toEqual([]);
  });

  test('tell the coordinator which page asks, so that it can refuse all but the node’s own, such as /docs', async () => {
    const { url, hub } = await forwardingNode();
    const pages = { 'https://evil.example': 'https://evil.example', [url]: undefined };
    for (const [origin, told] of Object.entries(pages)) {
      const asked = fetch(`${url}/v1/models`, { headers: { ...KEY, origin } });
      const { request, response } = await hub.calls.next();
      expect(request.headers.origin).toBe(told);
      response.end('{}');
      expect((await asked).status).toBe(200);
    }
  });
});

describe('a stream through a node', () => {
  test('comes piece by piece, its head before all', async () => {
    const { url, hub } = await forwardingNode();
    const sent = post(url).end('{}');
    const { response } = await hub.calls.next();
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    const answer = await answerOf(sent);
    expect(answer.headers['content-type']).toBe('text/event-stream');
    for (const piece of ['data: 1\n\n', 'data: 2\n\n']) {
      response.write(piece);
      expect(await nextText(answer)).toBe(piece);
    }
    response.end('data: [DONE]\n\n');
    expect(await text(answer)).toBe('data: [DONE]\n\n');
  });

  test('goes up piece by piece too', async () => {
    const { url, hub } = await forwardingNode();
    const sent = post(url);
    sent.write('{"a":');
    const { request, response } = await hub.calls.next();
    expect(await nextText(request)).toBe('{"a":');
    sent.end('1}');
    expect(await nextText(request)).toBe('1}');
    response.end('{}');
    (await answerOf(sent)).resume();
  });
});

describe('an answer through a node', () => {
  test('that breaks off does not look like one that ended', async () => {
    const { url, hub } = await forwardingNode();
    const sent = post(url).end('{}');
    const { response } = await hub.calls.next();
    response.writeHead(200);
    response.write('data: 1\n\n');
    const answer = await answerOf(sent);
    expect(await nextText(answer)).toBe('data: 1\n\n');
    response.destroy();
    await expect(text(answer)).rejects.toThrow('aborted');
  });

  test('is read no faster than its client reads', async () => {
    const { url, hub } = await forwardingNode();
    const sent = post(url).end('{}');
    const { response } = await hub.calls.next();
    response.writeHead(200);
    const piece = Buffer.alloc(1024 * 1024);
    // More than all buffers on the way hold.
    for (let count = 0; count < 64; count++) response.write(piece);
    const answer = await answerOf(sent);
    const [first] = (await once(answer, 'data')) as [Buffer];
    answer.pause();
    // By then the node has taken what it takes.
    for (let count = 0; count < 20; count++) await (await fetch(`${url}/healthz`)).text();
    expect(response.writableLength).toBeGreaterThan(0);
    response.end();
    let size = first.byteLength;
    for await (const chunk of answer) size += (chunk as Buffer).byteLength;
    expect(size).toBe(64 * piece.byteLength);
  });
});

describe('a client that goes away ends its request at the coordinator', () => {
  test('before the answer began', async () => {
    const { url, hub } = await forwardingNode();
    const leave = new AbortController();
    const asked = fetch(`${url}${CHAT}`, { method: 'POST', headers: JSON_KEY, body: '{}', signal: leave.signal });
    const { response } = await hub.calls.next();
    const closed = once(response, 'close');
    leave.abort();
    await expect(asked).rejects.toThrow('aborted');
    await closed;
    expect(response.writableFinished).toBe(false);
  });

  test('in the midst of a stream', async () => {
    const { url, hub } = await forwardingNode();
    const sent = post(url).end('{}');
    const { response } = await hub.calls.next();
    response.writeHead(200);
    response.write('data: 1\n\n');
    const answer = await answerOf(sent);
    await nextText(answer);
    const closed = once(response, 'close');
    answer.destroy();
    await closed;
  });

  test('in the midst of its body', async () => {
    const { url, hub } = await forwardingNode();
    const sent = post(url);
    sent.on('error', () => undefined);
    sent.write('{');
    const { request } = await hub.calls.next();
    const body = text(request);
    sent.destroy();
    await expect(body).rejects.toThrow('aborted');
  });
});

describe('a node refuses by itself', () => {
  test('while it is not connected: a key is shown to nobody but the coordinator that it knows', async () => {
    const { url, hub } = await forwardingNode();
    await hub.close();
    await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(503));
    const answer = await fetch(`${url}${CHAT}`, { method: 'POST', headers: JSON_KEY, body: '{}' });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await answer.json()).toMatchObject({ error: { code: 'coordinator_unreachable' } });
  });

  test('when its coordinator cannot be reached, and says so', async () => {
    const hub = await coordinator();
    const server = fastify();
    onTestFinished(() => server.close());
    forwardDialects(server, [OPENAI], { coordinatorUrl: hub.url, unready: () => undefined });
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    await hub.close();
    const answer = await fetch(`${url}${CHAT}`, { method: 'POST', headers: JSON_KEY, body: '{}' });
    expect(answer.status).toBe(502);
    expect(answer.headers.get('x-request-id')).not.toBeNull();
    expect(await answer.json()).toEqual({
      error: {
        message: expect.stringContaining(`${new URL(hub.url).host}, cannot be reached`),
        type: 'server_error',
        param: null,
        code: 'coordinator_unreachable',
      },
    });
  });

  test('when its coordinator says nothing for too long', async () => {
    const hub = await coordinator();
    const server = fastify();
    onTestFinished(() => server.close());
    forwardDialects(server, [OPENAI], { coordinatorUrl: hub.url, silenceMs: 30, unready: () => undefined });
    const answer = await fetch(`${await server.listen({ host: '127.0.0.1', port: 0 })}/v1/models`);
    expect(answer.status).toBe(504);
    expect(await answer.json()).toMatchObject({ error: { code: 'coordinator_silent' } });
  });
});

describe('a node refuses a body', () => {
  test('that says that it is longer than the coordinator takes, before it comes', async () => {
    const { url } = await forwardingNode();
    const sent = post(url, { ...JSON_KEY, 'content-length': MAX_BODY_BYTES + 1 });
    sent.on('error', () => undefined);
    sent.write('{');
    const answer = await answerOf(sent);
    expect(answer.statusCode).toBe(413);
    expect(JSON.parse(await text(answer))).toMatchObject({ error: { type: 'invalid_request_error' } });
    sent.destroy();
  });

  test('that is longer than the coordinator takes', async () => {
    const { url, hub } = await forwardingNode();
    const sent = post(url, { ...JSON_KEY, 'transfer-encoding': 'chunked' });
    sent.on('error', () => undefined);
    sent.end(Buffer.alloc(MAX_BODY_BYTES + 1));
    const { request } = await hub.calls.next();
    request.resume();
    const answer = await answerOf(sent);
    expect(answer.statusCode).toBe(413);
    expect(JSON.parse(await text(answer))).toMatchObject({ error: { type: 'invalid_request_error' } });
  });
});
