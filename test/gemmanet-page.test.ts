/** Seed 000, from top to bottom: what the page prints is sent, and the answer is compared field by field. */
import { createTestNetwork, RawNode, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

let network: TestNetwork;
let client: { api_key: string; node_id: string };

beforeAll(async () => {
  network = await createTestNetwork({ nodes: 1 });
  client = await network.register();
});
afterAll(() => network[Symbol.asyncDispose]());

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** The page's "abc-123", as a node of the original system. */
async function connectPrintedNode(letterCase: 'upper' | 'lower', nodeId = 'abc-123'): Promise<RawNode> {
  const node = await RawNode.connect(network.url);
  const type = letterCase === 'upper' ? 'NODE_REGISTER' : 'node_register';
  const offer = { name: 'zh-specialist', capabilities: ['translate'], languages: ['en', 'zh'], model_info: {} };
  node.send(type, { node_id: nodeId, ...offer });
  return node;
}

/** Cuts the connection and waits until the network has noticed. */
async function leave(node: RawNode, nodeId: string): Promise<void> {
  node.terminate();
  await vi.waitFor(async () => {
    const { body } = await network.call('GET', '/api/v1/nodes');
    expect(body.map((item: { node_id: string }) => item.node_id)).not.toContain(nodeId);
  });
}

it('GET /api/v1/status', async () => {
  const { status, body } = await network.call('GET', '/api/v1/status');
  expect(status).toBe(200);
  expect(body).toEqual({
    status: 'running',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    online_nodes: 1,
    total_tasks_today: expect.any(Number),
  });
});

it('POST /api/v1/request', async () => {
  const { status, body } = await network.call('POST', '/api/v1/request', {
    body: { task_type: 'echo', content: 'Hello world!', params: {}, max_cost: 50, api_key: client.api_key },
  });
  expect(status).toBe(200);
  expect(body).toEqual({
    task_id: expect.stringMatching(UUID),
    status: 'completed',
    result: 'Echo: Hello world!',
    cost: 10,
    node_id: network.nodes[0]?.nodeId,
    processing_time_ms: expect.any(Number),
  });
  expect(Number.isInteger(body.processing_time_ms)).toBe(true);
});

it('GET /api/v1/balance and /api/v1/history after three tasks', async () => {
  const other = await network.register();
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    const body = { task_type: 'echo', content: 'x', api_key: other.api_key };
    ids.push((await network.call('POST', '/api/v1/request', { body })).body.task_id);
  }
  const balance = await network.call('GET', '/api/v1/balance', { key: other.api_key });
  expect(balance.body).toEqual({ node_id: other.node_id, balance: 970, total_earned: 0, total_spent: 30 });
  const history = await network.call('GET', '/api/v1/history', { key: other.api_key });
  expect(history.body).toHaveLength(4);
  expect(history.body[0]).toEqual({
    id: expect.stringMatching(/^tx-/),
    tx_type: 'charge',
    amount: -10,
    task_id: ids[2],
    timestamp: expect.stringMatching(ISO),
  });
  expect(history.body[3]).toMatchObject({ tx_type: 'register_bonus', amount: 1000 });
  const limited = await network.call('GET', '/api/v1/history?limit=1', { key: other.api_key });
  expect(limited.body).toEqual([history.body[0]]);
});

it.each([0, 1001, 'x', '1.5'])('refuses a history limit of %s', async (limit) => {
  const { status, body } = await network.call('GET', `/api/v1/history?limit=${limit}`, { key: client.api_key });
  expect(status).toBe(422);
  expect(body.detail[0]).toMatchObject({
    loc: ['query', 'limit'],
    type: expect.any(String),
    msg: expect.any(String),
  });
});

const valid = { task_type: 'echo', content: 'Hello world!' };
const submit = (body: unknown) => network.call('POST', '/api/v1/request', { body });

it('errors of POST /api/v1/request: 401 before anything else', async () => {
  expect(await submit({})).toMatchObject({ status: 401, body: { detail: 'Missing API key' } });
  expect(await submit({ ...valid, api_key: 'nobody' })).toMatchObject({
    status: 401,
    body: { detail: 'Invalid API key' },
  });
});

it.each([
  [{ task_type: 'echo' }, ['body', 'content'], 'missing'],
  [{ ...valid, content: 5 }, ['body', 'content'], 'string_type'],
  [{ ...valid, max_cost: 'much' }, ['body', 'max_cost'], /^int_/],
  [{ ...valid, params: [] }, ['body', 'params'], /^dict/],
])('422 for %j', async (body, loc, type) => {
  const answer = await submit({ ...body, api_key: client.api_key });
  expect(answer.status).toBe(422);
  expect(answer.body.detail[0]).toMatchObject({ loc, type: expect.stringMatching(type), msg: expect.any(String) });
  expect(answer.body.detail[0]).toHaveProperty('input');
});

it('402 for a cost above max_cost, with both figures, before the balance', async () => {
  const answer = await submit({ ...valid, max_cost: 9, api_key: client.api_key });
  expect(answer.status).toBe(402);
  expect(answer.body.detail).toMatch(/^Cost exceeds max_cost.*10.*9/);
});

it('402 for a balance that is too small, with both figures, before the node', async () => {
  const answer = await submit({
    task_type: 'nobody-does-this',
    content: 'x'.repeat(200_000),
    api_key: client.api_key,
  });
  expect(answer.status).toBe(402);
  expect(answer.body.detail).toMatch(/^Insufficient credits.*2000.*9\d\d/);
});

it('404 when no node can do it, and why', async () => {
  const answer = await submit({ ...valid, task_type: 'nobody-does-this', api_key: client.api_key });
  expect(answer.status).toBe(404);
  expect(answer.body.detail).toMatch(/^No node available for this task.*nobody-does-this/);
});

it('charges nothing for any refusal', async () => {
  const before = await network.call('GET', '/api/v1/balance', { key: client.api_key });
  await submit({ ...valid, max_cost: 1, api_key: client.api_key });
  await submit({ ...valid, task_type: 'none', api_key: client.api_key });
  await submit({ ...valid, content: null, api_key: client.api_key });
  expect((await network.call('GET', '/api/v1/balance', { key: client.api_key })).body).toEqual(before.body);
});

it('prices content by started thousands of characters', async () => {
  const body = { ...valid, content: 'é'.repeat(1001), max_cost: 20, api_key: client.api_key };
  expect((await submit(body)).body).toMatchObject({ status: 'completed', cost: 20 });
});

const CASES = ['upper', 'lower'] as const;
const spell = (type: string, letterCase: 'upper' | 'lower') => (letterCase === 'upper' ? type : type.toLowerCase());

it.each(CASES)('WebSocket /ws/node in %s case: register, CREDIT_UPDATE, and the list of nodes', async (letterCase) => {
  const nodeId = `abc-123-${letterCase}`;
  const node = await connectPrintedNode(letterCase, nodeId);
  expect(await node.next('CREDIT_UPDATE')).toEqual({
    msg_id: expect.any(String),
    msg_type: spell('CREDIT_UPDATE', letterCase),
    payload: { node_id: nodeId, balance: 1000, change: 0, reason: 'connected' },
    sender_id: expect.any(String),
    timestamp: expect.stringMatching(ISO),
  });
  const listed = await network.call('GET', '/api/v1/nodes?capability=translate');
  const offer = { name: 'zh-specialist', capabilities: ['translate'], languages: ['en', 'zh'] };
  expect(listed.body).toEqual([{ node_id: nodeId, ...offer, online: true, load: 0 }]);
  await leave(node, nodeId);
});

it.each([
  [{ active_tasks: 0, cpu_percent: 45.5 }, 0.455],
  [{ load: 0.2 }, 0.2],
  [{ cpu_percent: 640 }, 1],
])('HEARTBEAT %o is the load that the list of nodes shows', async (said, load) => {
  const node = await connectPrintedNode('upper', 'busy');
  await node.next('CREDIT_UPDATE');
  node.send('HEARTBEAT', { node_id: 'busy', ...said });
  node.send('TASK_RESULT', { task_id: 'marker', status: 'completed' });
  await node.next('ERROR');
  expect((await network.call('GET', '/api/v1/nodes?capability=translate')).body).toMatchObject([{ load }]);
  await leave(node, 'busy');
});

it.each(CASES)('WebSocket /ws/node in %s case: TASK_ASSIGN, TASK_RESULT, and the reward', async (letterCase) => {
  const nodeId = `worker-${letterCase}`;
  const node = await connectPrintedNode(letterCase, nodeId);
  await node.next('CREDIT_UPDATE');
  node.send(spell('HEARTBEAT', letterCase), { node_id: nodeId, active_tasks: 0, cpu_percent: 12.5 });
  const params = { target_language: 'zh' };
  const answer = network.call('POST', '/api/v1/request', {
    body: { task_type: 'translate', content: 'Hello', params, api_key: client.api_key },
  });
  const assign = await node.next('TASK_ASSIGN');
  expect(assign.msg_type).toBe(spell('TASK_ASSIGN', letterCase));
  const task_id = assign.payload['task_id'];
  expect(task_id).toMatch(UUID);
  expect(assign.payload).toEqual({ task_id, task_type: 'translate', content: 'Hello', params, reward: 10 });

  const work = { task_id, node_id: nodeId, status: 'completed', result: '你好', processing_time_ms: 15 };
  node.send(spell('TASK_RESULT', letterCase), work);
  expect((await answer).body).toEqual({ ...work, cost: 10 });
  expect((await node.next('CREDIT_UPDATE')).payload).toEqual({
    node_id: nodeId,
    balance: 1010,
    change: 10,
    reason: 'reward',
  });
  const receipt = await network.call('GET', `/plexus/v1/receipts/receipt_${String(task_id)}`, { key: client.api_key });
  expect(receipt.body).toMatchObject({ miner_id: nodeId, custodial: true, price: '10', units: 1 });
  await leave(node, nodeId);
});

it('WebSocket /ws/node: CREDIT_UPDATE after a charge too, to each node of the account', async () => {
  const owner = await network.register();
  const nodes = await Promise.all(
    ['first', 'second'].map(async (node_id) => {
      const node = await RawNode.connect(network.url, { token: owner.api_key });
      node.send('NODE_REGISTER', { node_id, capabilities: ['nothing'] });
      await node.next('CREDIT_UPDATE');
      return node;
    }),
  );
  await submit({ ...valid, api_key: owner.api_key });
  for (const node of nodes) {
    const told = (await node.next('CREDIT_UPDATE')).payload;
    expect(told).toMatchObject({ balance: 990, change: -10, reason: 'charge' });
    node.terminate();
  }
});

it.each(CASES)('WebSocket /ws/node in %s case: ERROR with message and code', async (letterCase) => {
  const node = await connectPrintedNode(letterCase, `err-${letterCase}`);
  await node.next('CREDIT_UPDATE');
  node.send(spell('TASK_RESULT', letterCase), { task_id: 'unknown', status: 'completed', result: '' });
  const error = await node.next('ERROR');
  expect(error.msg_type).toBe(spell('ERROR', letterCase));
  expect(error.payload).toEqual({ message: expect.stringContaining('unknown'), code: 'UNKNOWN_TASK' });
  await leave(node, `err-${letterCase}`);
});

it.each(CASES)('WebSocket /ws/node in %s case: benchmark_result is taken without a word', async (letterCase) => {
  const node = await connectPrintedNode(letterCase, `bench-${letterCase}`);
  await node.next('CREDIT_UPDATE');
  const results = [{ prompt: 'p', response: 'r', time_ms: 1, success: true }];
  node.send(spell('BENCHMARK_RESULT', letterCase), { node_id: 'x', results });
  node.send(spell('TASK_RESULT', letterCase), { task_id: 'marker', status: 'completed' });
  expect((await node.next('ERROR')).payload['code']).toBe('UNKNOWN_TASK');
  expect(node.heard).toEqual([]);
  await leave(node, `bench-${letterCase}`);
});

it('answers a failed task with 200, status failed, cost 0, and keeps the balance', async () => {
  const node = await RawNode.connect(network.url);
  node.send('node_register', { node_id: 'breaker', capabilities: ['break'] });
  await node.next('CREDIT_UPDATE');
  const before = await network.call('GET', '/api/v1/balance', { key: client.api_key });
  const answer = network.call('POST', '/api/v1/request', {
    body: { task_type: 'break', content: 'x', api_key: client.api_key },
  });
  const { task_id } = (await node.next('TASK_ASSIGN')).payload;
  node.send('task_result', {
    task_id,
    node_id: 'breaker',
    status: 'failed',
    result: 'No handler registered for task type: break',
  });
  expect(await answer).toMatchObject({ status: 200, body: { status: 'failed', cost: 0, task_id } });
  expect((await answer).body.result).toContain('No handler registered');
  expect((await network.call('GET', '/api/v1/balance', { key: client.api_key })).body).toEqual(before.body);
  node.terminate();
});

it('rates, and shows reputation and leaderboard', async () => {
  const done = await network.call('POST', '/api/v1/request', {
    body: { task_type: 'echo', content: 'x', api_key: client.api_key },
  });
  const { task_id, node_id } = done.body;
  const rate = (rating: unknown) =>
    network.call('POST', '/api/v1/rate', { key: client.api_key, body: { task_id, rating } });
  const rated = await rate(5);
  expect(rated).toMatchObject({ status: 200, body: { node_id } });
  const low = await rate(1);
  expect(low.body.reputation).toBeLessThan(rated.body.reputation);
  expect((await rate(6)).status).toBe(422);
  const reputation = await network.call('GET', `/api/v1/reputation/${node_id}`);
  expect(reputation.body).toMatchObject({ node_id, reputation: low.body.reputation, ratings: 1 });
  const board = await network.call('GET', '/api/v1/leaderboard?limit=5');
  expect(board.body.map((entry: { node_id: string }) => entry.node_id)).toContain(node_id);
  expect((await network.call('GET', '/api/v1/reputation/nobody')).status).toBe(404);
});
