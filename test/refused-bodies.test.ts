/** Clients that go on sending a body that is refused: they are listened to until they have read why. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { createTestNetwork, RawNode, type TestNetwork } from '@plexus/testkit';
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

/** The status of a call, whose body is written piece by piece, over the one connection of an agent. */
async function statusOver(agent: Agent, url: string, type: string, bytes: number): Promise<number | undefined> {
  const headers = { authorization: `Bearer ${network.operatorKey}`, 'content-type': type, 'content-length': bytes };
  const sent = request(url, { method: 'POST', agent, headers, signal: AbortSignal.timeout(5000) });
  // It may come before the end of the body.
  const answered = once(sent, 'response');
  for (let left = bytes; left > 0; left -= 50_000) {
    sent.write('x'.repeat(Math.min(50_000, left)));
    await new Promise(setImmediate);
  }
  sent.end();
  const [answer] = await answered;
  await text(answer);
  return answer.statusCode;
}

it.each([
  ['a coordinator', 404, () => `${network.url}/plexus/v1/nowhere`],
  ['a coordinator', 415, () => `${network.url}/v1/jobs`],
  ['a coordinator', 422, () => `${network.url}/v1/bundles?sha256=wrong`],
  ['a node', 404, () => `${network.nodes[0]?.urls[0]}/nowhere`],
  ['a node', 415, () => `${network.nodes[0]?.urls[0]}/v1/chat/completions`],
])('a connection to %s goes on after a body that was refused with %i unread', async (_of, status, urlOf) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (let call = 0; call < 10; call++) {
      expect(await statusOver(agent, urlOf(), 'text/plain', 250_000)).toBe(status);
      expect(await statusOver(agent, urlOf(), 'text/plain', 10)).toBe(status);
    }
  } finally {
    agent.destroy();
  }
});

it('a coordinator lives on when a client goes away that has sent half of what nobody reads behind a call that waits', async () => {
  const node = await RawNode.join(network.url, { nodeId: 'silent', capability: 'silence' });
  const { hostname, port, host } = new URL(network.url);
  const headers = `host: ${host}\r\nauthorization: Bearer ${network.operatorKey}`;
  const job = JSON.stringify({ service: 'silence', content: 'x', wait_seconds: 20 });
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(
    `POST /plexus/v1/jobs HTTP/1.1\r\n${headers}\r\ncontent-type: application/json\r\ncontent-length: ${job.length}\r\n\r\n${job}`,
  );
  socket.write(
    `POST /v1/jobs HTTP/1.1\r\n${headers}\r\ncontent-type: text/plain\r\ncontent-length: 250000\r\n\r\nhalf`,
  );
  await expect.poll(async () => await figure('upload_bytes')).toBe('half'.length);
  socket.destroy();
  const { payload } = await node.next('TASK_ASSIGN');
  node.send('TASK_RESULT', { task_id: payload['task_id'], node_id: 'silent', status: 'completed', result: 'x' });
  // An error that nobody hears would end the program.
  await expect.poll(async () => await figure('upload_bytes')).toBe(0);
  await expect.poll(async () => await figure('requests_open')).toBe(1);
  node.terminate();
});

/** Of what the coordinator is doing; the request that asks is open, too. */
async function figure(name: string): Promise<number> {
  const metrics = await (await fetch(`${network.url}/metrics`)).text();
  return Number(new RegExp(`^plexus_http_${name} (\\d+)$`, 'm').exec(metrics)?.[1]);
}
