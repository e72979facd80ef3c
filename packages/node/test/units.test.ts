import { expect, test } from 'vitest';
import { coordinatorAddress } from '../src/address.ts';
import { createBackoff } from '../src/backoff.ts';
import { createCpuMeter } from '../src/cpu.ts';
import { createHostGuard } from '../src/host-guard.ts';
import { startNode } from './setup.ts';

test('the wait before another attempt doubles up to its cap, less chance', () => {
  const longest = createBackoff(() => 1);
  expect([1, 2, 3, 4, 5, 6, 7, 1000].map((attempt) => longest(attempt, 10_000))).toEqual([
    200, 400, 800, 1600, 3200, 6400, 10_000, 10_000,
  ]);
  expect(longest(7, 2500)).toBe(2500);
  expect(createBackoff(() => 0)(1, 10_000)).toBe(100);
});

test('processor time is measured between two calls', () => {
  const ticks = [
    { idle: 100, total: 2000 },
    { idle: 350, total: 3000 },
    { idle: 350, total: 3010 },
    { idle: 1350, total: 4000 },
  ];
  const read = createCpuMeter(() => ticks.shift() ?? { idle: 0, total: 0 });
  // In 10 ms there is nothing to measure.
  expect([read(), read(), read()]).toEqual([75, 75, 0]);
  const real = createCpuMeter()();
  expect(real >= 0 && real <= 100).toBe(true);
});

test.each([
  ['http://127.0.0.1:8800', 'http://127.0.0.1:8800', 'ws://127.0.0.1:8800/ws/node', '127.0.0.1:8800'],
  ['https://Plexus.example/', 'https://plexus.example', 'wss://plexus.example/ws/node', 'plexus.example'],
  ['wss://plexus.example:443/a/', 'https://plexus.example/a', 'wss://plexus.example/a/ws/node', 'plexus.example'],
  ['ws://[::1]:9', 'http://[::1]:9', 'ws://[::1]:9/ws/node', '[::1]:9'],
])('the address %s', (text, httpUrl, socketUrl, host) => {
  expect(coordinatorAddress(text)).toEqual({ httpUrl, socketUrl, host });
});

test.each(['', 'localhost:8800', 'ftp://x'])('"%s" is no address', (text) => {
  expect(() => coordinatorAddress(text)).toThrow('http://HOST:PORT');
});

test.each([
  ['127.0.0.1', '127.0.0.1:8000', true],
  ['127.0.0.1', 'localhost', true],
  ['127.0.0.1', 'a.localhost:1', true],
  ['127.0.0.1', '[::1]:8000', true],
  ['127.0.0.1', '127.9.9.9', true],
  ['127.0.0.1', '192.168.0.9', false],
  ['127.0.0.1', 'evil.example', false],
  ['127.0.0.1', '127.0.0.1.evil.example', false],
  ['127.0.0.1', 'evil.example@127.0.0.1', false],
  ['127.0.0.1', '', false],
  ['127.0.0.1', undefined, false],
  ['192.168.0.9', '192.168.0.9:8000', true],
  ['192.168.0.9', '192.168.0.8', false],
  ['0.0.0.0', '192.168.0.9:8000', true],
  ['::', '[fe80::1]:8000', true],
  ['0.0.0.0', 'evil.example', false],
  ['Node.lan', 'node.LAN:8000', true],
  // The name stands for it.
  ['node.lan', '192.168.0.9:8000', true],
  ['node.lan', 'evil.example', false],
  ['localhost', '192.168.0.9', false],
])('bound to %s, the Host %s', (bound, header, isMeant) => {
  expect(createHostGuard(bound)(header)).toBe(isMeant);
});

test('a node is called by the names that its operator gave it, too', () => {
  const isMeant = createHostGuard('0.0.0.0', ['Node1', 'node1.example.org']);
  const hosts = ['node1:8000', 'node1.example.org', 'node2:8000', 'example.org'];
  expect(hosts.map((host) => isMeant(host))).toEqual([true, true, false, false]);
});

test('a service that no runner is for is an error', async () => {
  await expect(startNode('http://127.0.0.1:1', { services: ['paint'] })).rejects.toThrow('no service "paint"');
});
