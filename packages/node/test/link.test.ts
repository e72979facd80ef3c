import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { NODE_MESSAGES } from '@plexus/protocol';
import type { Detection } from '@plexus/runners';
import type { Detect } from '../src/services.ts';
import { Check } from 'typebox/value';
import { expect, onTestFinished, test } from 'vitest';
import { CERTIFICATE, KEY } from '../../egress/test/certificate.ts';
import { assignment, connectedNode, coordinator, logged, manualRunner, startNode, temporaryFolder } from './setup.ts';

test('a registration names the node, proves its key and ends with the first credit', async () => {
  const hub = await coordinator();
  const { node } = await startNode(hub.url, { token: 'pk_test', name: 'Ada' });
  const peer = await hub.peers.next();
  expect(peer.request.url).toBe('/ws/node');
  expect(peer.request.headers.authorization).toBe('Bearer pk_test');
  expect(peer.request.headers['sec-websocket-extensions']).toBeUndefined();
  const { register, isProven } = await peer.welcome();
  await node.connected;
  expect(isProven).toBe(true);
  expect(Check(NODE_MESSAGES.NODE_REGISTER, register)).toBe(true);
  expect(register).toMatchObject({
    node_id: node.nodeId,
    name: 'Ada',
    capabilities: ['echo'],
    languages: [],
    protocol: { version: 1, services: [{ id: 'echo', concurrency: 1000 }], resume: [] },
  });
});

test('a registration writes every message as the page prints it', async () => {
  const hub = await coordinator();
  const { node } = await startNode(hub.url);
  const peer = await hub.peers.next();
  const message = await peer.inbox('NODE_REGISTER').next();
  expect(message.msg_id).toMatch(/^[0-9a-f-]{36}$/);
  expect(message.sender_id).toBe(node.nodeId);
  expect(new Date(message.timestamp).toISOString()).toBe(message.timestamp);
});

test('a registration is renewed when an engine is found, and the engine then works', async () => {
  const { runner, runs } = manualRunner();
  let resolve: (detections: Detection[]) => void = () => undefined;
  const found = new Promise<Detection[]>((onFound) => (resolve = onFound));
  const missing: Detection = { available: false, service: 'translate', reason: 'no apertium', remedy: 'install it' };
  const detect: Detect = async ({ services }) => (services?.[0] === 'llm' ? await found : [missing]);
  const options = { services: ['echo', 'llm', 'translate'] };
  const { node, peer } = await connectedNode(options, { detect });
  expect(node.services().map(({ available }) => available)).toEqual([true, false, false]);
  resolve([{ available: true, runner }]);
  expect(await peer.next('NODE_REGISTER')).toMatchObject({
    capabilities: ['echo', 'llm'],
    languages: ['en'],
    model_info: { llm: ['test-model'] },
    protocol: { services: [{ id: 'echo' }, { id: 'llm', concurrency: 2, models: ['test-model'] }] },
  });
  expect(node.services()[2]).toEqual({
    id: 'translate',
    available: false,
    reason: 'no apertium',
    remedy: 'install it',
  });
  peer.send('TASK_ASSIGN', assignment({ task_type: 'llm' }));
  (await runs.next()).finish();
  expect(await peer.next('TASK_RESULT')).toMatchObject({ status: 'completed' });
});

test('a registration that goes on while an engine is found is renewed after it', async () => {
  const { runner } = manualRunner();
  const hub = await coordinator();
  let found: (detections: Detection[]) => void = () => undefined;
  const detect = (): Promise<Detection[]> => new Promise((resolve) => (found = resolve));
  const { node } = await startNode(hub.url, { services: ['echo', 'llm'] }, { detect });
  const peer = await hub.peers.next();
  expect(await peer.next('NODE_REGISTER')).toMatchObject({ capabilities: ['echo'], protocol: { setting_up: ['llm'] } });
  peer.challenge();
  await peer.next('PROOF');
  found([{ available: true, runner }]);
  await new Promise(setImmediate);
  expect(peer.inbox('NODE_REGISTER').waiting).toEqual([]);
  peer.credit();
  await node.connected;
  expect(await peer.next('NODE_REGISTER')).toMatchObject({
    capabilities: ['echo', 'llm'],
    protocol: { setting_up: [] },
  });
});

test('an engine that is not found is not announced any longer', async () => {
  let resolve: (detections: Detection[]) => void = () => undefined;
  const found = new Promise<Detection[]>((onFound) => (resolve = onFound));
  const { peer } = await connectedNode({ services: ['echo', 'llm'] }, { detect: async () => await found });
  resolve([{ available: false, service: 'llm', reason: 'no engine', remedy: 'install one' }]);
  expect(await peer.next('NODE_REGISTER')).toMatchObject({ capabilities: ['echo'], protocol: { setting_up: [] } });
});

test('a registration may be followed by work at once, in whatever order', async () => {
  const hub = await coordinator();
  await startNode(hub.url);
  const peer = await hub.peers.next();
  await peer.next('NODE_REGISTER');
  peer.challenge();
  await peer.next('PROOF');
  const [known, unknown] = [assignment(), assignment({ task_type: 'paint' })];
  peer.send('TASK_ASSIGN', known);
  peer.send('TASK_ASSIGN', unknown);
  for (let round = 0; round < 2; round++) {
    peer.webSocket.ping();
    await once(peer.webSocket, 'pong');
  }
  expect(peer.inbox('TASK_RESULT').waiting).toEqual([]);
  peer.credit();
  const answers = await peer.inbox('TASK_RESULT').many(2);
  expect(new Set(answers.map(({ payload }) => payload['task_id']))).toEqual(new Set([known.task_id, unknown.task_id]));
});

test('a registration that is refused for good stops the node and says why', async () => {
  const hub = await coordinator();
  const { node } = await startNode(hub.url);
  const peer = await hub.peers.next();
  await peer.next('NODE_REGISTER');
  peer.send('ERROR', { code: 'NODE_IDENTITY_REFUSED', message: 'This node id is bound to another key' });
  const reason = await node.stopped;
  expect(reason?.message).toContain('NODE_IDENTITY_REFUSED');
  expect(reason?.message).toContain('bound to another key');
  await expect(node.connected).rejects.toBe(reason);
});

test('a node in whose place another process came leaves it there, and says why', async () => {
  const hub = await coordinator();
  const { node } = await startNode(hub.url);
  const peer = await hub.peers.next();
  await peer.next('NODE_REGISTER');
  peer.credit();
  await node.connected;
  peer.send('ERROR', { code: 'NODE_REPLACED', message: 'Another process has connected as this node' });
  expect((await node.stopped)?.message).toContain('a home of its own');
});

test.each([
  [401, 'token'],
  [403, '--allowed-host'],
])('a registration is given up when it is refused with %i, which speaks of %s', async (status, word) => {
  const hub = await coordinator();
  hub.status = status;
  const { node } = await startNode(hub.url, { token: 'wrong' });
  expect((await node.stopped)?.message).toContain(word);
});

test.each([
  [404, 'pass upgrades on'],
  [502, 'does not reach the coordinator'],
])('while a proxy answers %i the log says that it %s', async (status, words) => {
  const hub = await coordinator();
  hub.status = status;
  const { log } = await startNode(hub.url);
  expect((await logged(log, 'Not connected')).reason).toContain(words);
});

test('where TLS fails the log says what to do about it', async () => {
  const plain = await coordinator();
  const called = await startNode(plain.url.replace('http:', 'https:'));
  expect((await logged(called.log, 'Not connected')).reason).toContain('give its address with http://');
  const secret = createServer({ cert: CERTIFICATE, key: KEY }).listen(0, '127.0.0.1');
  onTestFinished(() => void secret.close());
  await once(secret, 'listening');
  const { port } = secret.address() as AddressInfo;
  const distrusting = await startNode(`https://127.0.0.1:${port}`);
  expect((await logged(distrusting.log, 'Not connected')).reason).toContain('NODE_EXTRA_CA_CERTS=ca.pem');
});

test('a registration that gets no answer is begun anew', async () => {
  const hub = await coordinator();
  const { node } = await startNode(hub.url, {}, { timings: { setupMs: 50 } });
  const silent = await hub.peers.next();
  await silent.next('NODE_REGISTER');
  const peer = await hub.peers.next();
  await peer.welcome();
  await node.connected;
});

test('trust is kept from the first contact on', async () => {
  const home = await temporaryFolder();
  const { hub } = await connectedNode({ home });
  const kept: unknown = JSON.parse(await readFile(join(home, 'coordinators.json'), 'utf8'));
  expect(kept).toMatchObject({ [hub.url]: { public_key: hub.key } });
});

test('trust is not given to another key, now or at the next start', async () => {
  const home = await temporaryFolder();
  const { node, peer, hub } = await connectedNode({ home });
  const before = hub.key;
  hub.key = Buffer.alloc(32, 7).toString('base64');
  peer.webSocket.terminate();
  const impostor = await hub.peers.next();
  impostor.challenge();
  const reason = await node.stopped;
  expect(reason?.message).toContain('another key');
  expect(reason?.message).toContain(join(home, 'coordinators.json'));
  expect(impostor.inbox('PROOF').waiting).toEqual([]);

  const { node: second } = await startNode(hub.url, { home });
  (await hub.peers.next()).challenge();
  expect((await second.stopped)?.message).toContain('another key');

  hub.key = before;
  const { node: third } = await startNode(hub.url, { home });
  await (await hub.peers.next()).welcome();
  await third.connected;
});

test('trust is not given to one that leaves the challenge out', async () => {
  const { node, peer, hub } = await connectedNode();
  peer.webSocket.terminate();
  (await hub.peers.next()).credit();
  expect((await node.stopped)?.message).toContain('had a key before');
});

test('a connection survives what it does not understand, and says what it was', async () => {
  const { peer, hub, log } = await connectedNode();
  const frames = ['{', '[]', 'null', '{}', '{"msg_type":7}', '{"msg_type":"BENCHMARK"}'];
  for (const frame of frames) peer.webSocket.send(frame);
  peer.webSocket.send(Buffer.from([1, 2, 3]));
  peer.send('TASK_ASSIGN', { task_id: 'half' });
  peer.send('TASK_CANCEL', { task_id: 'x', epoch: 0, reason: '' });
  peer.send('CHALLENGE', { nonce: 'AAAA', coordinator_key: hub.key });
  const other = { node_id: 'other', host: '127.0.0.1', port: 9 };
  peer.send('PEERS', { certificate: 'none', authority: 'none', expires_at: new Date().toISOString(), peers: [other] });
  const words = [
    'JSON',
    'msg_type',
    'JSON',
    'msg_type',
    'msg_type',
    'BENCHMARK',
    'binary',
    'TASK_ASSIGN',
    'TASK_CANCEL',
    'CHALLENGE',
    'PEERS',
  ];
  for (const word of words) {
    expect((await logged(log, 'was ignored')).problem).toContain(word);
  }
  peer.send('TASK_ASSIGN', assignment());
  expect(await peer.next('TASK_RESULT')).toMatchObject({ status: 'completed' });
  expect(peer.inbox('PROOF').waiting).toEqual([]);
});

test('a connection tells how the node is', async () => {
  const { node, peer } = await connectedNode({}, { timings: { heartbeatMs: 5 } });
  const heartbeat: unknown = await peer.next('HEARTBEAT');
  expect(Check(NODE_MESSAGES.HEARTBEAT, heartbeat)).toBe(true);
  expect(heartbeat).toMatchObject({ node_id: node.nodeId, active_tasks: 0 });
});

test('a connection that has fallen silent is made anew', async () => {
  const { peer, hub } = await connectedNode({}, { timings: { pingMs: 5 } });
  peer.webSocket.pause();
  const next = await hub.peers.next();
  expect((await next.welcome()).isProven).toBe(true);
});

test('a connection that is closed is made anew, as often as need be', async () => {
  const { peer, hub, node } = await connectedNode();
  let last = peer;
  for (let round = 0; round < 5; round++) {
    last.webSocket.close();
    last = await hub.peers.next();
    expect((await last.welcome()).isProven, `round ${round}`).toBe(true);
  }
  await node.close();
  expect(await node.stopped).toBeUndefined();
});
