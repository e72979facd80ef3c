import { expect, test } from 'vitest';
import { connectedNode } from './setup.ts';

const KEY = { authorization: 'Bearer gn_1' };

test('an answer that comes later is where the node says that it will be, and nothing else beside it', async () => {
  const { node, hub } = await connectedNode({ ports: [0] });
  const [url = ''] = node.urls;
  const asked = fetch(`${url}/plexus/v1/jobs/1?wait_seconds=5`, { headers: KEY });
  const { request, response } = await hub.calls.next();
  expect(`${request.method} ${request.url}`).toBe('GET /plexus/v1/jobs/1?wait_seconds=5');
  expect(request.headers).toMatchObject(KEY);
  response.end('{"id":"1"}');
  expect(await (await asked).text()).toBe('{"id":"1"}');
  const unknown = await fetch(`${url}/plexus/v1/jobs`, { headers: KEY });
  const request_id = unknown.headers.get('x-request-id');
  expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { code: 'UNKNOWN_URL', request_id } }]);
});
