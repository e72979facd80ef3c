import { PassThrough } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { FeedSocket } from '../src/feed/feed-socket.ts';

afterEach(() => vi.useRealTimers());

test('who was too slow has time to take what waits for it, and to read why the connection ends', () => {
  vi.useFakeTimers();
  const webSocket = { OPEN: 1, readyState: 1, close: vi.fn(() => (webSocket.readyState = 2)), terminate: vi.fn() };
  // The writing side alone is looked at.
  const socket = new FeedSocket(webSocket as unknown as WebSocket, new PassThrough(), () => undefined);
  for (let kibibytes = 0; kibibytes < 512; kibibytes += 1) socket.write(Buffer.alloc(1024));
  expect(webSocket.close).toHaveBeenCalledExactlyOnceWith(1013, expect.stringContaining('too slow'));
  vi.advanceTimersByTime(29_000);
  expect(webSocket.terminate).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2000);
  expect(webSocket.terminate).toHaveBeenCalledOnce();
});
