import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type MetricsSocket, serveMetricsSocket } from '../src/fleet/metrics-socket.ts';
import { Upgrades } from '../src/http/upgrades.ts';

let server: Server;
let served: MetricsSocket;

beforeEach(async () => {
  server = createServer();
  const upgrades = new Upgrades(server, { info: () => undefined });
  served = serveMetricsSocket(upgrades, {
    seen: () => [],
    clock: () => new Date(0),
    isAllowed: () => true,
    pingEveryMs: 20,
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(async () => {
  vi.restoreAllMocks();
  served.close();
  await new Promise((resolve) => server.close(resolve));
});

function connect(autoPong: boolean): WebSocket {
  const { port } = server.address() as AddressInfo;
  return new WebSocket(`ws://127.0.0.1:${port}/ws/metrics`, { autoPong });
}

test('a reader of a fleet without workers hears that the connection lives', async () => {
  const reader = connect(true);
  await once(reader, 'ping');
  expect(served.size).toBe(1);
  reader.terminate();
});

test('a reader that is there no more gives its place back', async () => {
  const reader = connect(false);
  await once(reader, 'ping');
  const later = performance.now() + 61_000;
  vi.spyOn(performance, 'now').mockReturnValue(later);
  await once(reader, 'close');
  await vi.waitFor(() => expect(served.size).toBe(0));
});
