/** Nodes that know what GemmaNet's page prints of WebSocket /ws/node, and nothing beyond it. */
import { createTestNetwork, RawNode, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** Source: seed 000, "Message types", Coordinator -> Node. */
const PRINTED = ['TASK_ASSIGN', 'CREDIT_UPDATE', 'ERROR'];

let network: TestNetwork;
let client: { api_key: string; node_id: string };

beforeAll(async () => {
  network = await createTestNetwork({ nodes: 0 });
  client = await network.register();
});
afterAll(() => network[Symbol.asyncDispose]());

const submit = (task_type: string) =>
  network.call('POST', '/api/v1/request', { body: { task_type, content: 'x', api_key: client.api_key } });

async function connect(nodeId: string, capability: string): Promise<RawNode> {
  return await RawNode.join(network.url, { nodeId, capability });
}

it('are sent nothing else, neither when a task is cancelled nor when they are drained', async () => {
  const node = await connect('printed', 'wait');
  const answer = submit('wait');
  const { task_id } = (await node.next('TASK_ASSIGN')).payload;
  await network.call('DELETE', `/v1/jobs/${String(task_id)}`, { key: client.api_key });
  await network.call('POST', '/plexus/v1/nodes/printed/drain', { key: network.operatorKey });
  expect((await answer).body).toMatchObject({ status: 'cancelled', cost: 0 });
  node.send('TASK_RESULT', { task_id, status: 'completed', result: 'late', processing_time_ms: 1 });
  const { payload } = await node.next('ERROR');
  expect(payload).toMatchObject({ code: 'UNKNOWN_TASK' });
  expect(node.heard.filter(({ msg_type }) => !PRINTED.includes(msg_type))).toEqual([]);
  node.terminate();
});

it('tell how long they took also for what failed', async () => {
  const node = await connect('failing', 'fail');
  const answer = submit('fail');
  const { task_id } = (await node.next('TASK_ASSIGN')).payload;
  node.send('TASK_RESULT', { task_id, status: 'failed', result: 'broken', processing_time_ms: 42 });
  expect((await answer).body).toMatchObject({ status: 'failed', result: 'broken', processing_time_ms: 42 });
  node.terminate();
});

it('may not be named by an API key, which everybody would see', async () => {
  const node = await RawNode.connect(network.url);
  node.send('NODE_REGISTER', { node_id: client.api_key, capabilities: ['leak'] });
  const { payload } = await node.next('ERROR');
  expect(payload).toEqual({ code: 'NODE_IDENTITY_REFUSED', message: expect.stringContaining('API key') });
  expect(await node.closed()).toBe(1008);
  expect((await network.call('GET', '/api/v1/nodes?capability=leak')).body).toEqual([]);
});

it("take a keyed node's place with a token, and the node takes it back with its key", async () => {
  await using own = await createTestNetwork({ nodes: 1 });
  const { nodeId } = own.nodes[0] ?? expect.fail('there is no node');
  const original = await RawNode.join(own.url, { nodeId, capability: 'taken', token: own.operatorKey });
  expect((await original.next('ERROR')).payload['code']).toBe('NODE_REPLACED');
  const task = { key: own.operatorKey, body: { task_type: 'echo', content: 'back' } };
  expect((await own.call('POST', '/api/v1/request', task)).body.node_id).toBe(nodeId);
});
