import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { createWorld, eventOf, openReader, refusalOf } from './feed-world.ts';

/** One event of some 8 KiB, and how many of them are told at once. */
const LARGE = eventOf('x'.repeat(8000));
const BURST = 16;
const MAX_BUFFERED_BYTES = 256 * 1024;

afterEach(() => void vi.useRealTimers());

const numbersOf = (heard: readonly string[]) => heard.map((text) => Number(JSON.parse(text).seq));
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** A reader that asks for the feed and then reads nothing of it. */
async function openDeaf(port: number) {
  const socket = connect(port, '127.0.0.1');
  const head = ['GET /ws HTTP/1.1', 'host: x', 'upgrade: websocket', 'connection: upgrade', 'x-api-key: deaf'];
  const handshake = ['sec-websocket-version: 13', 'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA=='];
  socket.write(`${[...head, ...handshake].join('\r\n')}\r\n\r\n`);
  await once(socket, 'readable');
  return socket;
}

it('a reader that does not read is given up with a code, while what waits for it has a bound and others miss nothing', async () => {
  let slow = 0;
  const onRefusal = (code: string) => (slow += code === 'TOO_SLOW' ? 1 : 0);
  const { feed, port, sockets } = await createWorld({ onRefusal });
  const deaf = await openDeaf(port);
  const reader = await openReader(port, { key: 'reader' });
  const [deafSocket] = sockets;
  let most = 0;
  for (let bursts = 0; slow === 0 && bursts < 4000; bursts++) {
    feed.tell(...Array.from({ length: BURST }, () => LARGE));
    most = Math.max(most, deafSocket?.writableLength ?? 0);
    await reader.hear(feed.position);
  }
  expect(slow).toBe(1);
  expect(most).toBeGreaterThan(MAX_BUFFERED_BYTES);
  expect(most).toBeLessThan(MAX_BUFFERED_BYTES + BURST * 9000);
  const waiting = deafSocket?.writableLength ?? 0;
  feed.tell(...Array.from({ length: BURST }, () => LARGE));
  expect(deafSocket?.writableLength).toBe(waiting);
  expect(numbersOf(await reader.hear(feed.position))).toEqual(upTo(feed.position));
  let last = Buffer.alloc(0);
  for await (const chunk of deaf) {
    last = Buffer.concat([last, chunk]).subarray(-200);
    if (last.includes('too slow')) break;
  }
  const close = last.subarray(last.indexOf('too slow') - 4);
  expect([close[0], close.readUInt16BE(2)]).toEqual([0x88, 1013]);
});

it('a reader that does not read is not given up while it reads what is old, however long that is', async () => {
  let slow = 0;
  const onRefusal = (code: string) => (slow += code === 'TOO_SLOW' ? 1 : 0);
  const { feed, port, sockets } = await createWorld({ onRefusal });
  for (let count = 0; count < 1500; count++) feed.tell(LARGE);
  const reader = await openReader(port, { key: 'reader', since: 0 });
  reader.socket.pause();
  const [socket] = sockets;
  await vi.waitUntil(() => socket?.writableNeedDrain, 10_000);
  expect(socket?.writableLength).toBeLessThan(MAX_BUFFERED_BYTES);
  reader.socket.resume();
  await reader.hear(1490);
  feed.tell(LARGE);
  expect(numbersOf(await reader.hear(1501))).toEqual(upTo(1501));
  expect(slow).toBe(0);
});

it('how many may read is bounded in all', async () => {
  const { port, hub } = await createWorld({ limits: { maxReaders: 2 } });
  const first = await openReader(port, { key: 'a' });
  await openReader(port, { key: 'b' });
  expect(await refusalOf(port, { key: 'c' })).toBe(503);
  expect(hub.size).toBe(2);
  first.socket.close();
  await first.closed;
  await vi.waitFor(() => expect(hub.size).toBe(1), 10_000);
  const third = await openReader(port, { key: 'c' });
  expect(third.socket.readyState).toBe(third.socket.OPEN);
});

it('how many may read is bounded for a key, whichever way it was shown', async () => {
  const { port } = await createWorld({ limits: { maxReadersPerKey: 2 } });
  const first = await openReader(port, { key: 'a' });
  await openReader(port, { key: 'a' });
  const third = await openReader(port, { key: 'a' });
  expect(await third.closed).toBe(1013);
  const fourth = await openReader(port);
  fourth.socket.send(JSON.stringify({ type: 'auth', api_key: 'a' }));
  expect(await fourth.closed).toBe(1013);
  const [refusal = ''] = fourth.heard;
  expect(JSON.parse(refusal)).toMatchObject({ error: { code: 'RATE_LIMIT_EXCEEDED' } });
  first.socket.close();
  await first.closed;
  const fifth = await openReader(port);
  fifth.socket.send(JSON.stringify({ type: 'auth', api_key: 'a' }));
  expect(JSON.parse((await fifth.hear(1))[0] ?? '')).toMatchObject({ type: 'auth', status: 'ok' });
});

it('how many may read costs nothing while nobody does', async () => {
  const { feed, port } = await createWorld();
  const reader = await openReader(port, { key: 'a' });
  await vi.waitFor(() => expect(feed.isHeard).toBe(true), 10_000);
  reader.socket.close();
  await vi.waitFor(() => expect(feed.isHeard).toBe(false), 10_000);
});

it('a connection that is looked at ends when its key is revoked, when no key comes, and when it says nothing at all', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const { port, revoked } = await createWorld();
  const good = await openReader(port, { key: 'good' });
  const bad = await openReader(port, { key: 'bad' });
  const unknown = await openReader(port);
  revoked.add('bad');
  await vi.advanceTimersByTimeAsync(5000);
  expect(await bad.closed).toBe(1008);
  expect(unknown.socket.readyState).toBe(unknown.socket.OPEN);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await unknown.closed).toBe(1008);
  expect(good.socket.readyState).toBe(good.socket.OPEN);
  good.socket.pause();
  await vi.advanceTimersByTimeAsync(75_000);
  good.socket.resume();
  expect(await good.closed).toBe(1006);
});

it('a connection that is looked at ends when it floods', async () => {
  const { port } = await createWorld();
  const reader = await openReader(port, { key: 'a' });
  for (let count = 0; count < 3000; count++) reader.socket.send('{"type":"ping"}');
  expect(await reader.closed).toBe(1008);
  expect(reader.heard.at(-1)).toContain('FLOODING');
});
