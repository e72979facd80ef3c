/** When the hub gives a node's socket up. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Authenticator } from '@plexus/core';
import { afterEach, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createNodeHub, type NodeHubDeps } from '../src/hub/node-hub.ts';
import { Upgrades } from '../src/http/upgrades.ts';

const NOTHING = () => undefined;
const REGISTER = JSON.stringify({ msg_type: 'NODE_REGISTER', payload: { node_id: 'node-1', capabilities: ['echo'] } });

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

/** A hub whose books let a node in when `letIn` is called. */
async function startHub() {
  vi.useFakeTimers({ toFake: ['setInterval', 'performance'] });
  const refusals: string[] = [];
  const record = { id: 'node-1', accountId: 'a' };
  let letIn: () => void = NOTHING;
  const admit = vi.fn(() => new Promise((resolve) => (letIn = () => resolve(record))));
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const logged: object[] = [];
  const log = (line: object) => void logged.push(line);
  const deps = {
    isAllowed: ({ headers }: IncomingMessage) => headers['x-foreign'] === undefined,
    authenticator: {} as Authenticator,
    admission: { admit },
    registry: { find: NOTHING, connect: async () => ({ record }), disconnect: NOTHING },
    desk: { joined: NOTHING, lost: NOTHING },
    uptime: { joined: NOTHING },
    balanceOf: async () => 0n,
    logger: { debug: NOTHING, info: log, warn: log, error: NOTHING },
    onRefusal: (code: string) => refusals.push(code),
  };
  // Only what a registration needs.
  const hub = createNodeHub(new Upgrades(server, deps.logger), deps as unknown as NodeHubDeps);
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  cleanups.push(() => hub.close());
  const { port } = server.address() as AddressInfo;
  return { url: `ws://127.0.0.1:${port}/ws/node`, refusals, logged, admit, letIn: () => letIn() };
}

it('does not take a node for silent whose registration waits for the books', async () => {
  const { url, refusals, admit, letIn } = await startHub();
  const node = new WebSocket(url);
  cleanups.push(() => node.terminate());
  const told: string[] = [];
  node.on('message', (data: Buffer) => told.push(JSON.parse(data.toString()).msg_type));
  await once(node, 'open');
  node.send(REGISTER);
  await vi.waitFor(() => expect(admit).toHaveBeenCalledOnce());
  await vi.advanceTimersByTimeAsync(60_000);
  letIn();
  await vi.waitFor(() => expect(told).toEqual(['CREDIT_UPDATE']));
  await vi.advanceTimersByTimeAsync(5_000);
  expect([refusals, node.readyState]).toEqual([[], WebSocket.OPEN]);
});

it('gives a socket up that registers nothing', async () => {
  const { url, refusals } = await startHub();
  const node = new WebSocket(url);
  cleanups.push(() => node.terminate());
  await once(node, 'open');
  await vi.advanceTimersByTimeAsync(15_000);
  await once(node, 'close');
  expect(refusals).toEqual(['REGISTER_FIRST']);
});

it('logs a socket that it does not open like any refused request', async () => {
  const { url, logged } = await startHub();
  const node = new WebSocket(`${url}?token=secret`, { headers: { 'x-foreign': '1' } });
  const [, answer] = await once(node, 'unexpected-response');
  const { 'x-request-id': reqId } = answer.headers;
  expect(logged).toEqual([{ reqId, method: 'GET', path: '/ws/node', host: new URL(url).host, status: 403 }]);
});

it('logs why a node that is not heard any more is cut off', async () => {
  const { url, refusals, logged, letIn, admit } = await startHub();
  const node = new WebSocket(url, { autoPong: false });
  cleanups.push(() => node.terminate());
  await once(node, 'open');
  node.send(REGISTER);
  await vi.waitFor(() => expect(admit).toHaveBeenCalledOnce());
  letIn();
  await once(node, 'message');
  await vi.advanceTimersByTimeAsync(20_000);
  await once(node, 'close');
  expect(refusals).toEqual(['SILENT']);
  expect(logged).toContainEqual({ nodeId: expect.any(String), code: 'SILENT' });
});
