import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { closeQueuedResponses } from '../src/queued-responses.ts';

const server = createServer();
const responses = new Map<string, ServerResponse>();
/** The paths whose responses were closed, as often as they were. */
const closed: string[] = [];
beforeAll(async () => {
  closeQueuedResponses(server);
  server.on('request', ({ url = '' }, response) => {
    responses.set(url, response);
    response.on('close', () => closed.push(url));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => void server.close());
beforeEach(() => {
  responses.clear();
  closed.length = 0;
});

/** One connection with requests that come before the first is answered. */
async function send(...paths: readonly string[]): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`).join(''));
  await expect.poll(() => responses.size).toBe(paths.length);
  return socket;
}

test('closes each response of a connection that is closed, once', async () => {
  const client = await send('/1', '/2', '/3');
  responses.get('/3')?.end('waits for its turn');
  client.destroy();
  await expect.poll(() => closed.length).toBe(3);
  expect(closed.toSorted()).toEqual(['/1', '/2', '/3']);
  expect([...responses.values()].map(({ destroyed }) => destroyed)).toEqual([true, true, true]);
});

test('closes what came to its turn as Node.js does, once', async () => {
  const client = await send('/1', '/2', '/3');
  responses.get('/1')?.end('a');
  responses.get('/2')?.end('b');
  await expect.poll(() => closed).toEqual(['/1', '/2']);
  client.destroy();
  await expect.poll(() => closed).toEqual(['/1', '/2', '/3']);
});
