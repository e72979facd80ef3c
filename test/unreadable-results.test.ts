/** A node whose result has not the form of one costs its client no wait and no credits. */
import { createTestNetwork, RawNode, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

let network: TestNetwork;
let apiKey: string;

beforeAll(async () => {
  network = await createTestNetwork({ nodes: 0 });
  apiKey = (await network.register()).api_key;
});
afterAll(() => network[Symbol.asyncDispose]());

const submit = (task_type: string) =>
  network.call('POST', '/api/v1/request', { body: { task_type, content: 'x', api_key: apiKey } });

async function connect(nodeId: string, capability: string): Promise<RawNode> {
  return await RawNode.join(network.url, { nodeId, capability });
}

it('moves the task of a node whose result cannot be read to the next one at once, and tells the node why', async () => {
  const bad = await connect('mumbler', 'unreadable');
  const answer = submit('unreadable');
  const { task_id } = (await bad.next('TASK_ASSIGN')).payload;
  const good = await connect('clear', 'unreadable');
  bad.send('TASK_RESULT', { task_id, node_id: 'mumbler', status: 'completed', result: { text: 'x' } });
  expect((await bad.next('ERROR')).payload).toEqual({
    code: 'INVALID_PAYLOAD',
    message: 'TASK_RESULT/result: must be string',
  });
  expect((await good.next('TASK_ASSIGN')).payload['task_id']).toBe(task_id);
  good.send('TASK_RESULT', { task_id, status: 'completed' });
  expect((await answer).body).toMatchObject({ status: 'completed', result: '', node_id: 'clear' });
  bad.terminate();
  good.terminate();
});

it('ends the task of the only node at once when its result cannot be read, and says why', async () => {
  const node = await connect('only-mumbler', 'mumbled');
  const answer = submit('mumbled');
  const { task_id } = (await node.next('TASK_ASSIGN')).payload;
  node.send('TASK_RESULT', { task_id, status: 'done', result: 'x' });
  const result = "The node's result cannot be read: TASK_RESULT/status: must be one of completed, failed";
  expect((await answer).body).toMatchObject({ status: 'failed', cost: 0, result });
  node.terminate();
});
