import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { createEgress } from '../src/index.ts';
import { request, textOf } from './setup.ts';

/** Longer than a connection is kept that nobody uses. */
const SLOW_MS = 1500;

/** A server that never hangs up by itself. */
async function patientServer(answerAfterMs: () => number) {
  const connections: Socket[] = [];
  const server = createServer((socket) => {
    connections.push(socket);
    socket.on('data', async () => {
      await sleep(answerAfterMs());
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, connections };
}

it('a connection is used again at once, and closed from here before its server would', async () => {
  let waitMs = 0;
  const { url, connections } = await patientServer(() => waitMs);
  const egress = createEgress({ allow: ['127.0.0.1'], keepAlive: true });
  await egress.fetch(request(url));
  waitMs = SLOW_MS;
  // One that waits for its answer is in use.
  expect(textOf(await egress.fetch(request(url)))).toBe('hi');
  const [only] = connections;
  expect(connections).toHaveLength(1);
  if (only && !only.closed) await once(only, 'close');
  waitMs = 0;
  await egress.fetch(request(url));
  expect(connections).toHaveLength(2);
});
