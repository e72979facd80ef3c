/** Nodes and a wall clock that is set: no connection is lost for it. */
import { createTestNetwork, RawNode, type TestNetwork } from '@plexus/testkit';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const DAY_MS = 86_400_000;
/** How often the coordinator looks after its nodes. */
const LOOK_EVERY_MS = 5000;

let network: TestNetwork;
let node: RawNode;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
  network = await createTestNetwork({ nodes: 0 });
  node = await RawNode.join(network.url, { nodeId: 'raw', capability: 'echo' });
});
afterEach(async () => {
  node.terminate();
  await network[Symbol.asyncDispose]();
  vi.useRealTimers();
});

/** Sends a result that nobody waits for; what a node is told then. */
async function sayUseless(): Promise<unknown> {
  node.send('TASK_RESULT', { task_id: 'none', status: 'completed', result: '' });
  return (await node.next('ERROR')).payload['code'];
}

it.each([
  ['forth', DAY_MS],
  ['back', -DAY_MS],
])('a clock that is set %s makes nobody silent, and nobody a flooder', async (_, byMs) => {
  expect(await sayUseless()).toBe('UNKNOWN_TASK');
  vi.setSystemTime(Date.now() + byMs);
  vi.advanceTimersByTime(LOOK_EVERY_MS);
  expect([await sayUseless(), await sayUseless()]).toEqual(['UNKNOWN_TASK', 'UNKNOWN_TASK']);
});
