/** Leases as the fault suite reads them off the wire: frames in pieces, and what is right and wrong about their order. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { LeaseWatch } from '../../chaos/lease-watch.ts';
import { TextMessages } from '../../chaos/wire/frames.ts';
import type { Tap } from '../../chaos/wire/proxy.ts';

/** More than the order of two sockets can be off by. */
const LATER_MS = 3000;
const HEAD = Buffer.from('HTTP/1.1 101 Switching Protocols\r\n\r\n');

let watch: LeaseWatch;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  watch = new LeaseWatch();
});
afterEach(() => void vi.useRealTimers());

/** A message in one unmasked frame, as a server sends it. */
function frame(msg_type: string, payload: object): Buffer {
  const text = Buffer.from(JSON.stringify({ msg_type, payload }));
  return Buffer.concat([Buffer.from([0x81, 126, text.length >> 8, text.length & 0xff]), text]);
}

function connect(nodeName: string) {
  const tap: Tap = watch.tap(nodeName);
  tap.sent(HEAD);
  tap.received(HEAD);
  const lease = (task_id: string, epoch: number) => ({ task_id, epoch });
  return {
    assign: (task: string, epoch: number) => tap.sent(frame('TASK_ASSIGN', lease(task, epoch))),
    cancel: (task: string, epoch: number) => tap.sent(frame('TASK_CANCEL', lease(task, epoch))),
    answer: (task: string, epoch: number) => tap.received(frame('TASK_RESULT', lease(task, epoch))),
    resume: (task: string, epoch: number) =>
      tap.received(frame('NODE_REGISTER', { protocol: { resume: [lease(task, epoch)] } })),
    close: () => tap.closed(),
  };
}

it('has nothing against a task that moves on after its node answered, lost it, or was told to stop', () => {
  const [a, b] = [connect('a'), connect('b')];
  a.assign('one', 1);
  a.answer('one', 1);
  b.assign('one', 2);
  b.cancel('one', 2);
  a.assign('one', 3);
  a.close();
  b.assign('one', 4);
  vi.advanceTimersByTime(LATER_MS);
  expect(watch.violations()).toEqual([]);
  expect(watch.holderOf('one')).toBe('b');
});

it('tells when a task is given to a second node while the first one has it', () => {
  const [a, b] = [connect('a'), connect('b')];
  a.assign('one', 1);
  b.assign('one', 2);
  vi.advanceTimersByTime(LATER_MS);
  expect(watch.violations()).toEqual(['task one was given to b (epoch 2) while a (epoch 1) had it']);
});

it('forgives an end that is seen a moment late, because it came over another socket', () => {
  const [a, b] = [connect('a'), connect('b')];
  a.assign('one', 1);
  b.assign('one', 2);
  a.close();
  vi.advanceTimersByTime(LATER_MS);
  expect(watch.violations()).toEqual([]);
});

it('tells when an epoch does not grow', () => {
  const [a, b] = [connect('a'), connect('b')];
  a.assign('one', 2);
  a.close();
  b.assign('one', 2);
  expect(watch.violations()).toEqual(['task one was given to b under epoch 2 after epoch 2']);
});

it('forgives a begin that is seen a moment late, because it came over another socket that ends', () => {
  const [a, b] = [connect('a'), connect('b')];
  b.assign('one', 2);
  a.assign('one', 1);
  a.close();
  vi.advanceTimersByTime(LATER_MS);
  expect(watch.violations()).toEqual([]);
  expect(watch.holderOf('one')).toBe('b');
});

it('tells of an older epoch where its lease goes on, comes too late, or over the socket that had the newer one', () => {
  const [a, b] = [connect('a'), connect('b')];
  b.assign('one', 2);
  a.assign('one', 1);
  b.assign('two', 2);
  b.answer('two', 2);
  b.assign('two', 1);
  b.assign('three', 2);
  b.close();
  vi.advanceTimersByTime(LATER_MS);
  a.assign('three', 1);
  expect(watch.violations()).toEqual([
    'task two was given to b under epoch 1 after epoch 2',
    'task three was given to a under epoch 1 after epoch 2',
    'task one was given to b (epoch 2) while a (epoch 1) had it',
  ]);
});

it('counts a lease on when its node comes back with it, and no longer when another has it', () => {
  const first = connect('a');
  first.assign('one', 1);
  first.close();
  const second = connect('a');
  second.resume('one', 1);
  const b = connect('b');
  b.assign('one', 2);
  vi.advanceTimersByTime(LATER_MS);
  expect(watch.violations()).toHaveLength(1);
});

it('knows which tasks a node had between two moments', () => {
  const a = connect('a');
  a.assign('early', 1);
  a.answer('early', 1);
  vi.advanceTimersByTime(LATER_MS);
  const from = performance.now();
  a.assign('now', 1);
  expect([...watch.tasksOf('a', from, performance.now())]).toEqual(['now']);
  expect([...watch.tasksOf('a', 0, from)]).toEqual(['early', 'now']);
});

it('reads what a real WebSocket sends, in pieces of any size, masked or not', async () => {
  vi.useRealTimers();
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  const texts = ['short', 'x'.repeat(200), 'é'.repeat(70_000)];
  const heard: string[] = [];
  const [, request] = await once(server, 'connection');
  const reader = new TextMessages((text) => heard.push(text));
  reader.push(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  // Before the server, which unmasks in place.
  request.socket.prependListener('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; at += 1000) reader.push(chunk.subarray(at, at + 1000));
  });
  if (client.readyState !== WebSocket.OPEN) await once(client, 'open');
  client.ping();
  for (const text of texts) client.send(text);
  await vi.waitFor(() => expect(heard.length).toBe(texts.length));
  expect(heard).toEqual(texts);
  client.terminate();
  server.close();
});
