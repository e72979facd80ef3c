/** Our own bad network: what goes through it arrives whole and in order, when it may, and ends as it should. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Proxy } from '../../chaos/wire/proxy.ts';

let server: Server;
let proxy: Proxy;
let accepted: Socket[];
const events: string[] = [];

beforeEach(async () => {
  accepted = [];
  events.length = 0;
  server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const tap = () => ({
    sent: (chunk: Buffer) => events.push(`sent ${chunk.length}`),
    received: (chunk: Buffer) => events.push(`received ${chunk.length}`),
    closed: () => events.push('closed'),
  });
  proxy = await Proxy.listen({ targetPort: (server.address() as AddressInfo).port, random: () => 0.5, tap });
});
afterEach(async () => {
  await proxy.close();
  server.close();
  for (const socket of accepted) socket.destroy();
});

async function open(): Promise<{ client: Socket; target: Socket; atClient: string[]; atTarget: string[] }> {
  const client = connect({ port: Number(new URL(proxy.url).port), host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => undefined);
  await vi.waitFor(() => expect(accepted).toHaveLength(1));
  const target = accepted[0] as Socket;
  return { client, target, atClient: collect(client), atTarget: collect(target) };
}

function collect(socket: Socket): string[] {
  const heard: string[] = [];
  socket.setEncoding('utf8').on('data', (text: string) => heard.push(text));
  return heard;
}

it('carries both ways, and a half-closed connection as such', async () => {
  const { client, target, atClient, atTarget } = await open();
  client.end('question');
  await once(target, 'end');
  target.end('answer');
  await once(client, 'close');
  expect([atTarget.join(''), atClient.join('')]).toEqual(['question', 'answer']);
  await vi.waitFor(() => expect(events).toEqual(['received 8', 'sent 6', 'closed', 'closed']));
});

it('delays, and keeps the order', async () => {
  proxy.become({ delayMs: 60, jitterMs: 40 });
  const { client, atTarget } = await open();
  const sentAt = performance.now();
  for (const piece of ['a', 'b', 'c']) {
    client.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await vi.waitFor(() => expect(atTarget.join('')).toBe('abc'));
  // The timer that holds a piece back never fires early.
  expect(performance.now() - sentAt).toBeGreaterThanOrEqual(79);
});

it('lets nothing through while it is still, not even an end, and everything afterwards', async () => {
  const { client, target, atTarget } = await open();
  proxy.become({ isStill: true });
  client.end('last words');
  await vi.waitFor(() => expect(client.writableFinished).toBe(true));
  await new Promise((resolve) => setImmediate(resolve));
  expect([atTarget, target.readableEnded]).toEqual([[], false]);
  proxy.become({});
  await once(target, 'end');
  expect(atTarget).toEqual(['last words']);
});

it('lets nobody in while it is still', async () => {
  proxy.become({ isStill: true });
  const client = connect({ port: Number(new URL(proxy.url).port), host: '127.0.0.1' });
  await once(client, 'connect');
  client.write('hello');
  expect(accepted).toEqual([]);
  proxy.become({});
  await vi.waitFor(() => expect(accepted).toHaveLength(1));
  client.destroy();
});

it('cuts both ends at once', async () => {
  const { client, target } = await open();
  const ends = [client, target].map((socket) => new Promise((resolve) => void socket.on('close', resolve)));
  proxy.cut();
  expect(await Promise.all(ends), 'both have failed').toEqual([true, true]);
});
