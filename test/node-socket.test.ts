/** What a hostile, broken or impatient node can do to a coordinator: nothing. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { proofMessage } from '@plexus/protocol';
import { createTestNetwork, RawNode, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

let network: TestNetwork;
let client: { api_key: string; node_id: string };

beforeAll(async () => {
  network = await createTestNetwork({ nodes: 0 });
  client = await network.register();
});
afterAll(() => network[Symbol.asyncDispose]());

const balance = async () => (await network.call('GET', '/api/v1/balance', { key: client.api_key })).body.balance;
const submit = (task_type: string) =>
  network.call('POST', '/api/v1/request', { body: { task_type, content: 'x', api_key: client.api_key } });

async function connect(nodeId: string, capability: string, token?: string): Promise<RawNode> {
  return await RawNode.join(network.url, { nodeId, capability, ...(token === undefined ? {} : { token }) });
}

const keyPair = generateKeyPairSync('ed25519');
const publicKey = keyPair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');

function registerWithKey(node: RawNode, nodeId: string, service = 'keyed'): void {
  const protocol = { version: 1, public_key: publicKey, services: [{ id: service, concurrency: 4 }], resume: [] };
  node.send('NODE_REGISTER', { node_id: nodeId, protocol });
}

async function answerChallenge(node: RawNode, nodeId: string): Promise<string> {
  const { nonce, coordinator_key } = (await node.next('CHALLENGE')).payload;
  const host = new URL(network.url).host;
  const message = proofMessage({ nonce: String(nonce), coordinatorKey: String(coordinator_key), host, nodeId });
  const signature = sign(null, Buffer.from(message), keyPair.privateKey).toString('base64');
  node.send('PROOF', { signature });
  return signature;
}

it('refuses the wrong node, an old lease and an unknown task; the right node is paid once', async () => {
  const worker = await connect('worker', 'forge');
  const thief = await connect('thief', 'other');
  const before = await balance();
  const answer = submit('forge');
  const { task_id } = (await worker.next('TASK_ASSIGN')).payload;
  const result = { task_id, node_id: 'worker', status: 'completed', result: 'forged', processing_time_ms: 1 };

  thief.send('TASK_RESULT', result);
  expect((await thief.next('ERROR')).payload['code']).toBe('NOT_YOUR_TASK');
  worker.send('TASK_RESULT', { ...result, epoch: 7 });
  expect((await worker.next('ERROR')).payload['code']).toBe('STALE_LEASE');
  worker.send('TASK_RESULT', { ...result, task_id: '550e8400-e29b-41d4-a716-446655440000' });
  expect((await worker.next('ERROR')).payload['code']).toBe('UNKNOWN_TASK');

  worker.send('TASK_RESULT', { ...result, result: 'honest' });
  worker.send('TASK_RESULT', { ...result, result: 'again' });
  expect((await answer).body).toMatchObject({ result: 'honest', cost: 10, node_id: 'worker' });
  expect((await worker.next('ERROR')).payload['code']).toMatch(/UNKNOWN_TASK|STALE_LEASE/);
  expect(await balance()).toBe(before - 10);
  expect((await worker.next('CREDIT_UPDATE')).payload).toMatchObject({ balance: 1010, change: 10 });
  const status = await network.call('GET', '/plexus/v1/info');
  expect(status.body.ledger_sum).toBe('0');
  worker.terminate();
  thief.terminate();
});

const FORGED_WORK = {
  units: 1,
  started_at: '2025-01-15T10:30:00Z',
  completed_at: '2025-01-15T10:30:00Z',
  metadata: {},
  signature: {
    alg: 'Ed25519',
    key_id: '0'.repeat(16),
    sig: Buffer.alloc(64).toString('base64'),
    public_key: publicKey,
  },
};

it('refuses completed work without a signature from a node that has a key, and pays nothing', async () => {
  const node = await RawNode.connect(network.url);
  registerWithKey(node, 'keyed-node');
  await answerChallenge(node, 'keyed-node');
  await node.next('CREDIT_UPDATE');
  const answer = submit('keyed');
  const { task_id, epoch } = (await node.next('TASK_ASSIGN')).payload;
  node.send('TASK_RESULT', { task_id, epoch, status: 'completed', result: 'unsigned', work: FORGED_WORK });
  expect((await answer).body).toMatchObject({ status: 'failed', cost: 0 });
  node.terminate();
});

it.each([1e300, 2 ** 53, -(2 ** 60)])('lives through a result that says %d, which nobody can sign', async (big) => {
  const node = await RawNode.connect(network.url);
  registerWithKey(node, 'keyed-node', 'unsignable');
  await answerChallenge(node, 'keyed-node');
  await node.next('CREDIT_UPDATE');
  const answer = submit('unsignable');
  const { task_id, epoch } = (await node.next('TASK_ASSIGN')).payload;
  const work = { ...FORGED_WORK, metadata: { big } };
  node.send('TASK_RESULT', { task_id, epoch, status: 'completed', result: 'x', work });
  expect((await node.next('ERROR')).payload['code']).toBe('INVALID_PAYLOAD');
  const { code, message } = { code: 'ENGINE_FAILED', message: 'gave up' };
  node.send('TASK_RESULT', { task_id, epoch, status: 'failed', error: { code, message, retryable: false } });
  expect((await answer).body).toMatchObject({ status: 'failed', cost: 0 });
  node.terminate();
});

it('refuses a node whose id cannot stand in a header', async () => {
  const node = await RawNode.connect(network.url);
  node.send('NODE_REGISTER', { node_id: 'nœud\r\nx: y', capabilities: ['echo'] });
  expect((await node.next('ERROR')).payload['code']).toBe('INVALID_PAYLOAD');
  node.terminate();
});

it("refuses a node under somebody's account id, unless it brings that account's key", async () => {
  const thief = await RawNode.connect(network.url);
  thief.send('NODE_REGISTER', { node_id: client.node_id, capabilities: ['steal'] });
  expect((await thief.next('ERROR')).payload['code']).toBe('NODE_IDENTITY_REFUSED');
  expect(await thief.closed()).toBe(1008);

  const owner = await RawNode.connect(network.url, { token: client.api_key });
  owner.send('NODE_REGISTER', { node_id: client.node_id, capabilities: ['own'] });
  expect((await owner.next('CREDIT_UPDATE')).payload).toMatchObject({ node_id: client.node_id, change: 0 });
  owner.terminate();
});

it('refuses a second socket with a live node_id and no proof, and keeps the first', async () => {
  const first = await connect('only-one', 'unique');
  const second = await RawNode.connect(network.url);
  second.send('NODE_REGISTER', { node_id: 'only-one', capabilities: ['unique'] });
  expect((await second.next('ERROR')).payload['code']).toBe('NODE_IDENTITY_REFUSED');
  expect(await second.closed()).toBe(1008);
  const answer = submit('unique');
  const { task_id } = (await first.next('TASK_ASSIGN')).payload;
  first.send('TASK_RESULT', { task_id, status: 'completed', result: 'still here', processing_time_ms: 1 });
  expect((await answer).body.result).toBe('still here');
  first.terminate();
});

it('lets a proof replace its own socket, and no replay of one', async () => {
  const first = await RawNode.connect(network.url);
  registerWithKey(first, 'prover');
  const signature = await answerChallenge(first, 'prover');
  await first.next('CREDIT_UPDATE');

  const replay = await RawNode.connect(network.url);
  registerWithKey(replay, 'prover');
  await replay.next('CHALLENGE');
  replay.send('PROOF', { signature });
  expect(JSON.stringify((await replay.next('ERROR')).payload)).toMatch(/for the Host .*"NODE_IDENTITY_REFUSED"/);
  expect(await replay.closed()).toBe(1008);

  const second = await RawNode.connect(network.url);
  registerWithKey(second, 'prover');
  await answerChallenge(second, 'prover');
  await second.next('CREDIT_UPDATE');
  expect((await first.next('ERROR')).payload['code']).toBe('NODE_REPLACED');

  const bare = await RawNode.connect(network.url);
  bare.send('NODE_REGISTER', { node_id: 'prover', capabilities: ['keyed'] });
  expect((await bare.next('ERROR')).payload['code']).toBe('NODE_IDENTITY_REFUSED');
  second.terminate();
});

it('refuses a token that is no key', async () => {
  await expect(RawNode.connect(network.url, { token: 'gn_00000000000000000000000000000000' })).rejects.toThrow('401');
});

it('takes an empty token for none', async () => {
  (await connect('tokenless', 'tokenless', '')).terminate();
});

it('refuses sockets from a page of another site and under a foreign name', async () => {
  await expect(RawNode.connect(network.url, { headers: { origin: 'https://evil.example' } })).rejects.toThrow('403');
  await expect(RawNode.connect(network.url, { headers: { host: 'evil.example' } })).rejects.toThrow('403');
});

it.each([
  ['/ws/node', { authorization: 'Bearer gn_none' }, 401],
  ['/ws/nowhere', {}, 404],
  ['//', {}, 404],
])('says why it opens no socket at %s', async (target, headers, status) => {
  const { hostname, port } = new URL(network.url);
  const upgrade = { connection: 'upgrade', upgrade: 'websocket' };
  const sent = request({ hostname, port, path: target, headers: { ...headers, ...upgrade } }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(status);
  expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(JSON.parse(await text(response))).toEqual({ detail: expect.any(String) });
});

it('passes over what a client expects, and the wish to speak HTTP/2', async () => {
  const { hostname, port } = new URL(network.url);
  for (const headers of [{ expect: 'the worst' }, { connection: 'upgrade', upgrade: 'h2c' }]) {
    const sent = request({ hostname, port, path: '/api/v1/status', headers }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    expect(JSON.parse(await text(response))).toMatchObject({ status: 'running' });
  }
});

const firstWords: readonly [string, (node: RawNode) => void, number][] = [
  ['something else first', (node) => node.send('HEARTBEAT', {}), 1008],
  ['no JSON', (node) => node.sendText('{"msg_type":'), 1008],
  ['JSON that is no object', (node) => node.sendText('[1,2]'), 1008],
  ['a register of the wrong shape', (node) => node.send('NODE_REGISTER', { node_id: 5 }), 1008],
  ['a binary frame', (node) => node.sendBinary(Buffer.from('{}')), 1003],
  ['an empty node id', (node) => node.send('NODE_REGISTER', { node_id: '' }), 1008],
];

it.each(firstWords)('closes on %s', async (_what, say, code) => {
  const node = await RawNode.connect(network.url);
  say(node);
  await node.next('ERROR');
  expect(await node.closed()).toBe(code);
});

it('closes on a frame over 16 MiB', async () => {
  const node = await connect('huge', 'huge');
  node.sendText(' '.repeat(17 * 1024 * 1024));
  expect(await node.closed()).toBe(1009);
});

it('tells a registered node what is wrong and goes on', async () => {
  const node = await connect('clumsy', 'clumsy');
  node.sendText('not json');
  expect((await node.next('ERROR')).payload['code']).toBe('INVALID_MESSAGE');
  node.sendText('{"msg_type":"HEARTBEAT","timestamp":1736937000}');
  expect((await node.next('ERROR')).payload['message']).toBe('timestamp: must be string');
  node.send('MAKE_COFFEE', {});
  expect((await node.next('ERROR')).payload['code']).toBe('UNKNOWN_MESSAGE');
  node.send('TASK_RESULT', { task_id: 1 });
  expect((await node.next('ERROR')).payload['code']).toBe('INVALID_PAYLOAD');
  const answer = submit('clumsy');
  const { task_id } = (await node.next('TASK_ASSIGN')).payload;
  node.send('TASK_RESULT', { task_id, status: 'completed', result: 'ok', processing_time_ms: 1 });
  expect((await answer).body.result).toBe('ok');
  node.terminate();
});

it('cuts off a node that floods, and goes on serving', async () => {
  const node = await connect('flood', 'flood');
  for (let i = 0; i < 2000; i++) node.send('MAKE_COFFEE', {});
  expect(await node.closed()).toBe(1008);
  expect((await network.call('GET', '/readyz')).status).toBe(200);
});

it('moves the task of a node that says failed to the next one, and charges once', async () => {
  const bad = await connect('bad', 'retry');
  const before = await balance();
  const answer = submit('retry');
  const { task_id } = (await bad.next('TASK_ASSIGN')).payload;
  const good = await connect('good', 'retry');
  bad.send('TASK_RESULT', { task_id, status: 'failed', result: 'engine broken' });
  const assigned = await good.next('TASK_ASSIGN');
  expect(assigned.payload['task_id']).toBe(task_id);
  good.send('TASK_RESULT', { task_id, status: 'completed', result: 'fine', processing_time_ms: 2 });
  expect((await answer).body).toMatchObject({ result: 'fine', cost: 10, node_id: 'good' });
  expect(await balance()).toBe(before - 10);
  bad.terminate();
  good.terminate();
});

it('rewards of a node that proved nothing are kept until an operator pays them to an account', async () => {
  const node = await connect('anonymous', 'custody');
  const answer = submit('custody');
  const { task_id } = (await node.next('TASK_ASSIGN')).payload;
  node.send('TASK_RESULT', { task_id, status: 'completed', result: 'ok', processing_time_ms: 1 });
  await answer;
  const owner = await network.register();
  const release = (key: string) =>
    network.call('POST', '/plexus/v1/nodes/anonymous/release', { key, body: { account_id: owner.node_id } });
  expect((await release(owner.api_key)).status).toBe(403);
  expect((await release(network.operatorKey)).body).toEqual({
    node_id: 'anonymous',
    account_id: owner.node_id,
    released: '1010',
  });
  const { body } = await network.call('GET', '/api/v1/balance', { key: owner.api_key });
  expect(body.balance).toBe(2010);
  node.terminate();
});

it.each(['NODE_REGISTER', 'node_register'])(
  'says what is wrong with a %s in letters of the same case',
  async (type) => {
    const node = await RawNode.connect(network.url);
    node.send(type, { node_id: 'misspelt', capabilities: 'translate' });
    const { msg_type, payload } = await node.next('ERROR');
    expect(msg_type).toBe(type === 'NODE_REGISTER' ? 'ERROR' : 'error');
    expect(payload['message']).toBe('NODE_REGISTER/capabilities: must be array');
    expect(await node.closed()).toBe(1008);
  },
);
