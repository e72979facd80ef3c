/** Hosts that end the connection while nobody reads what they have sent. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEgress } from '../src/index.ts';
import { codeOf, request } from './setup.ts';

const BODY = Buffer.alloc(300_000, 'x');
const CHUNKED = Buffer.concat([Buffer.from(`${BODY.length.toString(16)}\r\n`), BODY, Buffer.from('\r\n0\r\n\r\n')]);

/** A host that answers with these bytes and then does with its connection what it is told. */
async function host(
  bytes: Uint8Array,
  leave: (socket: Socket) => void,
): Promise<{ url: string; gone: Promise<unknown> }> {
  let tell: (() => void) | undefined;
  const gone = new Promise<void>((resolve) => (tell = resolve));
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(bytes, () => (leave(socket), tell?.())));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, gone };
}

const answer = (head: string, body: Uint8Array) => Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body]);

describe.each([{ keepAlive: false }, { keepAlive: true }])('over connections with %j', (options) => {
  const egress = createEgress({ allow: ['127.0.0.1'], ...options });

  /** Reads an answer once its host has hung up and that has been heard here. */
  async function late(bytes: Uint8Array, leave: (socket: Socket) => void): Promise<number> {
    const { url, gone } = await host(bytes, leave);
    const { body } = await egress.stream(request(url, { maxBytes: 1_000_000 }));
    await gone;
    let read = 0;
    for await (const chunk of body) {
      read += (chunk as Uint8Array).byteLength;
      // What has come meanwhile is heard of between two reads.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return read;
  }

  it.each([
    ['by its end', 'HTTP/1.0 200 OK', BODY],
    ['by its length', `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${BODY.length}`, BODY],
    ['in chunks', 'HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked', CHUNKED],
  ])('an answer that is told %s is whole', async (_how, head, body) => {
    expect(await late(answer(head, body), (socket) => socket.end())).toBe(BODY.length);
  });

  it.each([
    ['by its length', `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${BODY.length + 1}`, BODY],
    ['in chunks', 'HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked', CHUNKED.subarray(0, -5)],
  ])('an answer that breaks off is none, told %s', async (_how, head, body) => {
    expect(await codeOf(late(answer(head, body), (socket) => socket.end()))).toBe('connection_failed');
  });

  it('an answer whose connection is reset ends, and nothing else does', async () => {
    const reset = (socket: Socket) => void socket.resetAndDestroy();
    const outcome = await codeOf(late(answer('HTTP/1.0 200 OK', BODY), reset));
    expect(['connection_failed', 'it succeeded']).toContain(outcome);
  });
});
