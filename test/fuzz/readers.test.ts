/** What readers of the coordinator's WebSockets can say, with a key and without: nothing that harms others. */
import { once } from 'node:events';
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { BODIES, HEADS } from './hostile-parts.ts';
import { writeJson } from './json-text.ts';
import { NASTY_NAMES, NASTY_VALUES } from './nasty-values.ts';
import { plainRun, runOf } from './settings.ts';

const CASES = 150;
const MAX_FRAMES = 6;
const PATIENCE_MS = 60_000;

/** What well-meaning readers say. */
const WISHES = [
  { type: 'ping', id: 1 },
  { type: 'auth', id: 'a', api_key: 'gn_00000000000000000000000000000000' },
  { type: 'subscribe', id: 2, events: ['job_update'], data: { jobId: 'j' } },
  { type: 'unsubscribe', id: 3, subscription_id: 'sub_1' },
  { action: 'subscribe', metrics: ['gpu_utilization'], interval_sec: 1 },
] as const;

const nasty = fc.constantFrom(...NASTY_VALUES);

/** One of them with something else in the place of a member, or within it. */
const spoiled = fc
  .record({ wish: fc.constantFrom<object>(...WISHES), name: fc.nat(9), value: nasty, isListed: fc.boolean() })
  .map(({ wish, name, value, isListed }) => {
    const names = Object.keys(wish);
    return writeJson({ ...wish, [names[name % names.length] ?? 'type']: isListed ? [value] : value });
  });
const strange = fc
  .record({ name: fc.constantFrom(...NASTY_NAMES), value: nasty })
  .map(({ name, value }) => writeJson({ [name]: value }));
const frames = fc.array(fc.oneof(spoiled, spoiled, strange, fc.constantFrom(...BODIES, ...HEADS)), {
  minLength: 1,
  maxLength: MAX_FRAMES,
});

let network: TestNetwork;
beforeAll(async () => {
  network = await createTestNetwork({ nodes: 1 });
});
afterAll(() => network[Symbol.asyncDispose]());

/** Opens a reader, at the coordinator or through the node, that says these things; resolves when all are answered or it is let go. */
async function say(path: string, url: string, key: string | undefined, texts: readonly string[]): Promise<void> {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const socket = new WebSocket(url.replace('http', 'ws') + path, { headers });
  socket.on('error', () => undefined);
  await once(socket, 'open');
  const ended = once(socket, 'close');
  for (const text of texts) if (socket.readyState === socket.OPEN) socket.send(text);
  // What comes after it was read.
  if (socket.readyState === socket.OPEN) socket.ping();
  await Promise.race([ended, once(socket, 'pong')]);
  socket.terminate();
}

it(
  'no message of a reader ends anything but its own connection',
  async () => {
    const { api_key: key } = await network.register();
    const node = network.nodes[0]?.urls[0] ?? network.url;
    const doors = [
      { path: '/ws', url: network.url },
      { path: '/api/ws', url: network.url },
      { path: '/ws/metrics', url: network.url },
      { path: '/ws/metrics', url: node },
    ];
    const property = fc.asyncProperty(
      fc.constantFrom(...doors),
      fc.constantFrom(key, undefined),
      frames,
      async ({ path, url }, ownKey, texts) => {
        await say(path, url, ownKey, texts);
        expect((await network.call('GET', '/healthz')).status).toBe(200);
      },
    );
    await fc.assert(property, runOf(plainRun(), CASES));
  },
  PATIENCE_MS,
);
