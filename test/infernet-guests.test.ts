/** Whoever has no key is its address at one node: what that node's guest has, no other node reaches by saying its address. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadIdentity } from '../packages/node/src/identity.ts';
import { createNodePass } from '../packages/node/src/node-pass.ts';
import { callsTo, infernetConfig, startContainer } from './support/infernet-world.ts';

const GUEST = '127.0.0.21';

let network: TestNetwork;
let first: ReturnType<typeof callsTo>;
let forgedHeaders: Readonly<Record<string, string>>;
const cleanups: AsyncDisposable[] = [];

beforeAll(async () => {
  const container = await startContainer(({ n }) => ({ n: n + 1 }));
  const config = await infernetConfig([{ id: 'box', url: container.url }], { status_ips: [`${GUEST}/32`] });
  network = await createTestNetwork({ nodes: 2, node: { infernet: { configPath: config.path, isCompatible: false } } });
  cleanups.push(container, config, network);
  first = callsTo(network.nodes[0]?.urls ?? []);
  const { body: info } = await network.call('GET', '/plexus/v1/info');
  const identity = await loadIdentity(join(network.home, 'node-1'));
  const pass = createNodePass({ identity, coordinatorKey: () => info.public_key });
  forgedHeaders = { ...pass(), 'plexus-client': GUEST };
});

afterAll(async () => {
  for (const one of cleanups.toReversed()) await one[Symbol.asyncDispose]();
});

/** What the second node asks of the coordinator in the name of an address that has never called it. */
const forge = (
  method: string,
  path: string,
  more: { body?: object; headers?: Readonly<Record<string, string>> } = {},
) => network.call(method, `/infernet${path}`, { ...more, headers: { ...forgedHeaders, ...more.headers } });

it("another node sees nothing of a guest's jobs, with no call that there is", async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const id = await first.post(['box'], { n: 1 }, { from: GUEST, headers });
  expect(await first.ended(id, { from: GUEST })).toMatchObject({ status: 'success', result: { output: { n: 2 } } });
  expect((await first.call('GET', '/api/jobs', { from: GUEST })).body).toEqual([id]);

  expect((await forge('GET', `/api/jobs?id=${id}&intermediate=true`)).status).toBe(404);
  expect((await forge('GET', `/api/jobs/${id}/events`)).status).toBe(404);
  expect((await forge('GET', '/api/jobs')).body).toEqual([]);
  const repeated = await forge('POST', '/api/jobs', { headers, body: { containers: ['box'], data: { n: 1 } } });
  expect([repeated.status, repeated.body.id === id]).toEqual([200, false]);
});

it('another node tells a guest no success that there was not', async () => {
  const id = randomUUID();
  const forged = { id, status: 'success', containers: ['box'], results: [{ container: 'box', output: 'forged' }] };
  expect((await forge('PUT', '/api/status', { body: forged })).status).toBe(200);
  expect((await first.call('GET', `/api/jobs?id=${id}`, { from: GUEST })).status).toBe(404);
  expect((await first.call('GET', '/api/jobs', { from: GUEST })).body).not.toContain(id);
});

it('another node does not end what a guest has said to run', async () => {
  const id = randomUUID();
  const report = { id, status: 'running', containers: ['box'] };
  expect((await first.call('PUT', '/api/status', { body: report, from: GUEST })).status).toBe(200);
  expect((await forge('PUT', '/api/status', { body: { ...report, status: 'success' } })).status).toBe(409);
  const look = await first.call('GET', `/api/jobs?id=${id}`, { from: GUEST });
  expect(look.body).toMatchObject([{ id, status: 'running', result: null }]);
});

it('a key is the same account at every node', async () => {
  const { api_key: key } = await network.register();
  const id = await first.post(['box'], { n: 1 }, { key });
  const second = callsTo(network.nodes[1]?.urls ?? []);
  expect(await second.ended(id, { key })).toMatchObject({ id, status: 'success' });
  expect((await second.call('GET', '/api/jobs', { key })).body).toEqual([id]);
});
