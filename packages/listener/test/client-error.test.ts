/** What is answered to bytes that are no request, over real sockets. */
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectionOptions, MAX_HEAD_BYTES } from '../src/index.ts';

let app: FastifyInstance;
let finish: () => void;
beforeAll(async () => {
  app = Fastify(connectionOptions);
  const gate = new Promise<void>((resolve) => (finish = resolve));
  app.post('/slow', async () => gate.then(() => ({ done: true })));
  app.post('/body', async ({ body }) => ({ body }));
  app.get('/stream', (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { 'transfer-encoding': 'chunked' }).write('first');
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => app.close());

/** Sends texts one after another, each once something of the answer to the one before it is there. */
async function exchange(...texts: readonly string[]): Promise<string> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  let heard = '';
  const [first = '', ...others] = texts;
  const rest = [...others];
  socket.setEncoding('utf8').on('error', () => undefined);
  socket.on('data', (text: string) => {
    heard += text;
    const next = rest.shift();
    if (next !== undefined) socket.write(next);
  });
  socket.write(first);
  await once(socket, 'close');
  return heard;
}

const JSON_HEADERS = 'host: x\r\ncontent-type: application/json\r\n';

test.each([
  ['no HTTP', 'NONSENSE\r\n\r\n', 400],
  ['two lengths', 'POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na', 400],
  [
    'a length and chunks',
    'POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
    400,
  ],
  ['a broken chunk', `POST /body HTTP/1.1\r\n${JSON_HEADERS}transfer-encoding: chunked\r\n\r\nzz\r\n`, 400],
  ['headers without an end', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(MAX_HEAD_BYTES)}\r\n\r\n`, 431],
])('%s is refused in the words of the listener, and the connection closed', async (_what, text, status) => {
  const [head = '', body = ''] = (await exchange(text)).split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(head).toMatch(/^x-request-id: [0-9a-f-]{36}$/m);
  expect(JSON.parse(body)).toEqual({ detail: expect.any(String) });
});

test('what came whole is answered, and not what came after it', async () => {
  app.server.once('clientError', () => setImmediate(finish));
  const heard = await exchange('POST /slow HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\nNONSENSE\r\n\r\n');
  expect(heard).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(heard).toContain('{"done":true}');
  expect(heard.match(/HTTP\/1\.1/g)).toHaveLength(1);
});

test('nothing is written into an answer that is on its way', async () => {
  const heard = await exchange('GET /stream HTTP/1.1\r\nhost: x\r\n\r\n', 'NONSENSE\r\n\r\n');
  expect(heard).toContain('first');
  expect(heard).not.toContain('400');
});

test.each(['h2c', 'TLS/1.0'])('a wish to speak %s is passed over, with and without a body', async (protocol) => {
  const upgrade = `connection: close, upgrade\r\nupgrade: ${protocol}\r\n`;
  app.server.on('upgrade', (_request, socket) => socket.destroy());
  const json = `${JSON_HEADERS}content-length: 7\r\n`;
  expect(await exchange(`POST /body HTTP/1.1\r\n${upgrade}${json}\r\n{"a":1}`)).toContain('{"body":{"a":1}}');
  expect(await exchange(`GET /nowhere HTTP/1.1\r\nhost: x\r\n${upgrade}\r\n`)).toMatch(/^HTTP\/1\.1 404 /);
  app.server.removeAllListeners('upgrade');
});
