/** An engine that is a server of its own comes later than its node, ends, comes back, and gets other models. */
import { join } from 'node:path';
import { createLogger } from '@plexus/coordinator';
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchNode } from '../packages/node/src/launch.ts';
import { sendJson, type UpstreamServer } from '../packages/runners/test/upstream-server.ts';
import { startEngine } from './fuzz/engine-server.ts';

let network: TestNetwork;
let engine: UpstreamServer;
let node: Awaited<ReturnType<typeof launchNode>>;
const said: string[] = [];
let isUp = false;
let models = ['m1'];

beforeAll(async () => {
  network = await createTestNetwork({ nodes: 0 });
  engine = await startEngine();
  engine.answers['/models'] = (response) => {
    if (isUp) sendJson(response, 200, { object: 'list', data: models.map((id) => ({ id })) });
    else response.destroy();
  };
  const options = {
    home: join(network.home, 'node'),
    coordinatorUrl: network.url,
    token: network.operatorKey,
    host: '127.0.0.1',
    ports: [0],
    services: ['echo', 'llm'],
    upstream: { url: engine.url },
    installLlama: false,
    logger: createLogger({ level: 'silent' }),
    onProgress: (text: string) => void said.push(text),
  };
  node = await launchNode(options, { lookEveryMs: 50 });
  await node.connected;
});
afterAll(async () => {
  await node.close();
  await engine.close();
  await network[Symbol.asyncDispose]();
});

async function listed(): Promise<readonly string[]> {
  const { body } = await network.call('GET', '/v1/models', { key: network.operatorKey });
  const ids: string[] = body.data.map(({ id }: { id: string }) => id);
  return ids.filter((id) => id !== 'default').toSorted();
}

async function ask(model: string) {
  const body = { model, prompt: 'x', max_tokens: 3 };
  return await network.call('POST', '/v1/completions', { key: network.operatorKey, body });
}

function stateOf(service: string) {
  return node.services().find(({ id }) => id === service);
}

it('is offered once it is there, though its node has started before it', async () => {
  await expect.poll(() => stateOf('llm')?.reason).toMatch(/cannot be reached/);
  expect(await listed()).toEqual([]);
  isUp = true;
  await expect.poll(listed).toEqual(['m1']);
  expect((await ask('m1')).status).toBe(200);
});

it('is offered with the models that it has got since, also while it works', async () => {
  models = ['m1', 'm2'];
  await expect.poll(listed).toEqual(['m1', 'm2']);
  expect((await ask('m2')).status).toBe(200);
});

it('is no longer offered when it does not answer, and the reason is told once; then it comes back', async () => {
  said.length = 0;
  isUp = false;
  await expect.poll(listed).toEqual([]);
  expect(stateOf('llm')).toMatchObject({ available: false, reason: expect.stringContaining('cannot be reached') });
  const refused = await ask('m1');
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('2');
  expect(refused.body.error.message).toMatch(/no connected node offers "llm"/);
  expect((await ask('m3')).status).toBe(404);
  isUp = true;
  await expect.poll(listed).toEqual(['m1', 'm2']);
  expect((await ask('m1')).status).toBe(200);
  expect(said.filter((text) => text.startsWith('llm '))).toEqual([
    expect.stringMatching(/^llm is not offered: The upstream engine cannot be reached/),
    'llm is offered with m1',
  ]);
});
