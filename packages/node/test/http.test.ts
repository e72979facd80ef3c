import { request } from 'node:http';
import { expect, test, vi } from 'vitest';
import type { ScriptedCoordinator } from './scripted-coordinator.ts';
import { assignment, connectedNode, coordinator, manualRunner, startNode } from './setup.ts';

async function get(base: string, path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${base}${path}`, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The status of GET /healthz for a Host header that fetch does not let one choose. */
function statusFor(base: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${base}/healthz`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject).end();
  });
}

test('a node is alive before it is ready, and ready while it is registered', async () => {
  const hub = await coordinator();
  const { node } = await startNode(hub.url, { ports: [0, 0] });
  expect(node.urls).toHaveLength(2);
  const [url = '', other = ''] = node.urls;
  const early = await get(url, '/readyz');
  expect(early.status).toBe(503);
  expect(early.headers.get('retry-after')).toBe('1');
  expect(JSON.parse(early.text)).toMatchObject({ status: 'not ready', reason: expect.stringContaining(hub.url) });
  expect(await get(url, '/healthz')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
  const peer = await hub.peers.next();
  await peer.welcome();
  await node.connected;
  expect((await get(url, '/readyz')).status).toBe(200);
  expect((await get(other, '/readyz')).status).toBe(200);
  hub.status = 503;
  peer.webSocket.close(1001, 'the coordinator is stopping');
  await peer.closed;
  const late = await get(url, '/readyz');
  expect(late.status).toBe(503);
});

test('a call without a body that says it is JSON hears that its method is wrong', async () => {
  const { node } = await connectedNode({ ports: [0] });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${node.urls[0]}/healthz`, { method: 'DELETE', headers });
  expect([answer.status, answer.headers.get('allow')]).toStrictEqual([405, 'GET, HEAD']);
});

test('the first page says what this is', async () => {
  const { node, hub } = await connectedNode({ ports: [0] });
  const page: unknown = JSON.parse((await get(node.urls[0] ?? '', '/')).text);
  expect(page).toMatchObject({
    node_id: node.nodeId,
    coordinator: { url: hub.url, docs: `${hub.url}/docs`, connected: true },
    services: [{ id: 'echo', available: true }],
  });
});

/** A coordinator that says nothing would be waited for. */
async function refuseCalls({ calls }: ScriptedCoordinator): Promise<never> {
  for (;;) (await calls.next()).response.writeHead(503).end();
}

test('a node that goes on with what another began counts the tokens that it made itself', async () => {
  const { runs, substitutes } = manualRunner();
  const { node, peer, hub } = await connectedNode({ ports: [0], services: ['llm'] }, substitutes);
  void refuseCalls(hub);
  const segments = [{ node_id: 'node-1', units: 5 }];
  const resume = { text: 'The sea was', token_ids: [1, 2], prompt_tokens: 3, segments };
  peer.send('TASK_ASSIGN', assignment({ task_type: 'llm', resume }));
  (await runs.next()).finish({ metadata: { prompt_tokens: 3, completion_tokens: 6 } });
  await peer.next('TASK_RESULT');
  const { text } = await get(node.urls[0] ?? '', '/api/v1/metrics');
  expect(JSON.parse(text)).toMatchObject({ inference: { tokens_generated: 4 } });
});

test('a stream that was broken off counts by what was made of it, which is paid', async () => {
  const { runs, substitutes } = manualRunner();
  const { node, peer, hub } = await connectedNode({ ports: [0], services: ['llm'] }, substitutes);
  void refuseCalls(hub);
  for (const tokens of [0, 3]) {
    const task = assignment({ task_type: 'llm', stream: true });
    peer.send('TASK_ASSIGN', task);
    const { context } = await runs.next();
    if (tokens > 0) {
      void context.chunk({ text: 'The sea was', tokens });
      await peer.next('TASK_CHUNK');
    }
    peer.send('TASK_CANCEL', { task_id: task.task_id, epoch: 1, reason: 'The client left' });
    await vi.waitFor(() => expect(context.signal.aborted).toBe(true), 8000);
  }
  const { text } = await get(node.urls[0] ?? '', '/api/v1/metrics');
  expect(JSON.parse(text)).toMatchObject({ inference: { requests_total: 1, tokens_generated: 3 } });
});

test('metrics count what the node did', async () => {
  const { node, peer, hub } = await connectedNode({ ports: [0] });
  void refuseCalls(hub);
  peer.send('TASK_ASSIGN', assignment());
  peer.send('TASK_ASSIGN', assignment({ task_type: 'paint' }));
  await peer.inbox('TASK_RESULT').many(2);
  const { text, headers } = await get(node.urls[0] ?? '', '/metrics');
  expect(headers.get('content-type')).toContain('text/plain');
  for (const line of [
    'plexus_node_tasks_total{service="echo",outcome="completed"} 1',
    'plexus_node_tasks_total{service="unknown",outcome="refused"} 1',
    'plexus_node_task_seconds_count{service="echo"} 1',
    'plexus_node_active_tasks 0',
    'plexus_node_connected 1',
  ]) {
    expect(text).toContain(line);
  }
  expect(text).toContain('nodejs_eventloop_lag_seconds');
  expect(text).toContain('process_cpu_seconds_total');
});

test('what this node refuses is worded as the API that the path belongs to, with a request id', async () => {
  const { node } = await connectedNode({ ports: [0, 0] });
  const [url = '', infernet = ''] = node.urls;
  const message = 'There is no GET /nowhere on this node';
  expect(await get(url, '/nowhere')).toMatchObject({ status: 404, text: JSON.stringify({ detail: message }) });
  expect(await get(infernet, '/nowhere')).toMatchObject({ status: 404, text: JSON.stringify({ error: message }) });
  for (const [path, status] of [
    ['/v1/models/%zz', 400],
    ['/v1/chat/nowhere', 404],
    [`/v1/models/${'x'.repeat(700)}`, 414],
  ] as const) {
    const { status: found, text, headers } = await get(url, path);
    expect(found, path).toBe(status);
    expect(JSON.parse(text), path).toEqual({
      error: { message: expect.any(String), type: 'invalid_request_error', param: null, code: expect.any(String) },
    });
    expect(headers.get('x-request-id'), path).toBeTruthy();
  }
});

test.each([
  ['/healthz', 'GET, HEAD', { detail: expect.any(String) }],
  ['/v1/chat/completions?stream=1', 'POST', { error: expect.objectContaining({ code: 'method_not_allowed' }) }],
  ['/v1/models/some', 'GET, HEAD', { error: expect.objectContaining({ type: 'invalid_request_error' }) }],
  ['/api/jobs/batch', 'POST', { error: expect.any(String) }],
  ['/api/v1/wallet/send', 'POST', { error: { code: 'METHOD_NOT_ALLOWED', message: expect.any(String) } }],
])(
  'another method than %s has is refused in the words of its API, with those that it has',
  async (path, allowed, body) => {
    const { node } = await connectedNode({ ports: [0] });
    const answer = await fetch((node.urls[0] ?? '') + path, { method: 'DELETE' });
    expect([answer.status, answer.headers.get('allow'), await answer.json()]).toEqual([405, allowed, body]);
  },
);

test('every answer has a request id, the one given where it is one', async () => {
  const { node } = await connectedNode({ ports: [0] });
  const [url = ''] = node.urls;
  expect((await get(url, '/healthz', { 'x-request-id': 'abc-1' })).headers.get('x-request-id')).toBe('abc-1');
  const made = (await get(url, '/nowhere', { 'x-request-id': 'a b' })).headers.get('x-request-id');
  expect(made).toMatch(/^[0-9a-f]{12}-[0-9a-z]+$/);
});

test('what is not there is said to be not there', async () => {
  const { node } = await connectedNode({ ports: [0] });
  const { status, text } = await get(node.urls[0] ?? '', '/nowhere?key=secret');
  expect(status).toBe(404);
  expect(text).not.toContain('secret');
});

test('a name that was made to point here is refused', async () => {
  const { node } = await connectedNode({ ports: [0] });
  const [url = ''] = node.urls;
  const { port } = new URL(url);
  expect(await statusFor(url, 'evil.example')).toBe(421);
  expect(await statusFor(url, `localhost:${port}`)).toBe(200);
});

test('a port that is in use is an error that names it, and nothing stays open', async () => {
  const { node } = await connectedNode({ ports: [0] });
  const port = Number(new URL(node.urls[0] ?? '').port);
  await expect(startNode('http://127.0.0.1:1', { ports: [0, port] })).rejects.toMatchObject({
    code: 'EADDRINUSE',
    port,
  });
});

test('a node that is closed answers nothing and its signal closes it', async () => {
  const controller = new AbortController();
  const { node, peer } = await connectedNode({ ports: [0], signal: controller.signal });
  controller.abort();
  expect(await node.stopped).toBeUndefined();
  await peer.closed;
  await node.close();
  await expect(fetch(node.urls[0] ?? '')).rejects.toThrow('fetch failed');
});
