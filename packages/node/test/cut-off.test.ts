import { expect, test, vi } from 'vitest';
import { connectedNode } from './setup.ts';

/** A node whose coordinator takes its calls, but not its connection. */
async function cutOffNode() {
  const { node, hub, peer } = await connectedNode({ ports: [0] });
  const url = node.urls[0] ?? '';
  hub.status = 503;
  peer.webSocket.terminate();
  await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(503), 8000);
  return { url, hub };
}

test('a node that is cut off shows keys to nobody, and says when to come back', async () => {
  const { url, hub } = await cutOffNode();
  const headers = { authorization: 'Bearer gn_1' };
  for (const path of ['/api/v1/peers', '/api/v1/wallet/balance']) {
    const answer = await fetch(url + path, { headers });
    expect(answer.status, path).toBe(503);
    expect(Number(answer.headers.get('retry-after')), path).toBeGreaterThan(0);
    expect(await answer.json(), path).toMatchObject({ error: { code: 'NO_CAPACITY' } });
  }
  expect(hub.calls.waiting).toHaveLength(0);
});

test('a node that is cut off tells of itself without waiting for its coordinator', async () => {
  const { url, hub } = await cutOffNode();
  const status = await (await fetch(`${url}/api/v1/status`)).json();
  expect(status).toMatchObject({ status: 'connecting', training: { epoch: 0, loss: null } });
  const metrics = await (await fetch(`${url}/api/v1/metrics`)).json();
  expect(metrics).toMatchObject({ network: { active_connections: 0 }, rewards: { earned_total: 0 } });
  expect(hub.calls.waiting).toHaveLength(0);
});

test('a key is asked about again where the coordinator said neither yes nor no', async () => {
  const { node, hub } = await connectedNode({ ports: [0] });
  const ask = () => fetch(`${node.urls[0]}/api/v1/peers`, { headers: { authorization: 'Bearer gn_1' } });
  for (const [status, code] of [
    [503, 'OVERLOADED'],
    [401, 'INVALID_API_KEY'],
  ] as const) {
    const asked = ask();
    const { response } = await hub.calls.next();
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { code, message: 'No', details: {} } }));
    expect((await asked).status, code).toBe(status);
  }
  expect((await ask()).status).toBe(401);
});
