/** Clients that go on sending a body that is refused: they are listened to until they have read why. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

const PIECE = 'x'.repeat(1024 * 1024);
/** More than the kernel keeps for a reader that does not read. */
const PIECES = 30;

let network: TestNetwork;
beforeAll(async () => void (network = await createTestNetwork({ nodes: 1 })));
afterAll(() => network[Symbol.asyncDispose]());

/** What a client reads that sends a body of 30 MiB to its end, piece by piece, and looks at the answer after that. */
async function sendAll(base: string, path: string, framing: 'content-length' | 'chunked'): Promise<string> {
  const { host, hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  const isChunked = framing === 'chunked';
  const length = isChunked ? 'transfer-encoding: chunked' : `content-length: ${PIECES * PIECE.length}`;
  const head = [`POST ${path} HTTP/1.1`, `host: ${host}`, `authorization: Bearer ${network.operatorKey}`];
  socket.write([...head, 'content-type: application/json', length, '', ''].join('\r\n'));
  for (let sent = 0; sent < PIECES; sent++) {
    const hasRoom = socket.write(isChunked ? `${PIECE.length.toString(16)}\r\n${PIECE}\r\n` : PIECE);
    if (!hasRoom) await once(socket, 'drain');
  }
  return await text(socket);
}

it.each([
  ['/v1/jobs', 'content-length'],
  ['/api/v1/request', 'chunked'],
  ['/v1/chat/completions', 'content-length'],
  ['/plexus/v1/nowhere', 'content-length'],
] as const)('a coordinator says why it refuses a body of %s, told by %s', async (path, framing) => {
  expect(await sendAll(network.url, path, framing)).toMatch(/^HTTP\/1\.1 413 .*"Request body is too large"/s);
});

it.each([
  ['/v1/chat/completions', 'content-length'],
  ['/v1/chat/completions', 'chunked'],
  ['/api/v1/generate', 'content-length'],
] as const)('a node says why it refuses a body of %s, told by %s', async (path, framing) => {
  const [url = ''] = network.nodes[0]?.urls ?? [];
  expect(await sendAll(url, path, framing)).toMatch(/^HTTP\/1\.1 413 /);
});
