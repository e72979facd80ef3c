import { expect, it } from 'vitest';
import { withStats } from '../src/listeners.ts';

const http = { urls: ['http://127.0.0.1:8000'], close: async () => undefined };
const FAR = 'https://plexus.example.org';

it.each([
  ['127.0.0.1', undefined, 'http://127.0.0.1:8800', '127.0.0.1'],
  ['localhost', undefined, 'ws://[::1]:8800', '127.0.0.1'],
  ['192.168.1.7', undefined, FAR, '192.168.1.7'],
  ['0.0.0.0', '10.0.0.7', FAR, '10.0.0.7'],
  ['127.0.0.1', 'node.example.org', FAR, 'node.example.org'],
  // There it would be the coordinator's own machine.
  ['127.0.0.1', undefined, FAR, undefined],
  ['::', undefined, FAR, undefined],
])('on %s, told %s, at %s a node is asked at %s', async (host, statsHost, coordinatorUrl, asked) => {
  const options = { host, coordinatorUrl, ...(statsHost !== undefined && { statsHost }) };
  const { stats } = await withStats(http, options, () => Promise.reject(new Error('not asked')));
  expect(stats).toEqual(asked === undefined ? undefined : { host: asked, port: 8000 });
});
