import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { createPeerBook } from '../src/peers/peer-book.ts';

afterEach(() => vi.useRealTimers());

const HOUR_MS = 3_600_000;

test.each([
  ['in its time', 24 * HOUR_MS, 18 * HOUR_MS],
  ['not again and again, where the clock of this machine is ahead', -HOUR_MS, 10 * 60_000],
])('a certificate is asked for anew %s', async (_when, lastsMs, renewedMs) => {
  vi.useFakeTimers();
  const renew = vi.fn();
  const identity = () => ({ node_id: 'n', software: '', version: '' });
  // No certificate: nobody can call this node, which is not what is looked at.
  const book = createPeerBook({
    host: '127.0.0.1',
    port: 1,
    privateKey: '',
    identity: identity as never,
    logger: pino({ level: 'silent' }),
    renew,
  });
  const expiresAt = new Date(Date.now() + lastsMs).toISOString();
  const told = { certificate: 'none', authority: 'none', expires_at: expiresAt, peers: [] };
  book.update(told);
  vi.advanceTimersByTime(renewedMs - 1);
  expect(renew).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(renew).toHaveBeenCalledOnce();
  // The coordinator takes the certificate for good enough.
  book.update(told);
  vi.advanceTimersByTime(10 * 60_000);
  expect(renew).toHaveBeenCalledTimes(2);
  await book.close();
});
