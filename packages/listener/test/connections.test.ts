import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import Fastify from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { connectionOptions, tendConnections, useRequestId } from '../src/index.ts';

async function answerTo(request: string): Promise<string> {
  const app = Fastify(connectionOptions);
  onTestFinished(() => app.close());
  tendConnections(app.server);
  useRequestId(app);
  app.post('/', async ({ body }) => ({ body }));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  socket.end(request);
  return await text(socket);
}

const BODY = 'host: x\r\ncontent-type: application/json\r\ncontent-length: 4\r\nconnection: close\r\n';

test('every header counts, also behind thousands of others', async () => {
  const others = Array.from({ length: 5000 }, (_, at) => `${at}: ${at}\r\n`).join('');
  const answer = await answerTo(`POST / HTTP/1.1\r\n${others}${BODY}x-request-id: the-last\r\n\r\ntrue`);
  expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n.*x-request-id: the-last\r\n.*\{"body":true\}$/s);
});

test.each(['expect: the unexpected', 'upgrade: h2c'])('what is wished with "%s" is passed over', async (wish) => {
  const answer = await answerTo(`POST / HTTP/1.1\r\n${BODY}${wish}\r\n\r\ntrue`);
  expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n.*\{"body":true\}$/s);
});
