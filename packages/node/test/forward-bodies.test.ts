import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { expect, test } from 'vitest';
import { connectedNode } from './setup.ts';

const KEY = { authorization: 'Bearer gn_1' };

test('a body of a call that has none hides no second call', async () => {
  const { node, hub } = await connectedNode({ ports: [0] });
  const url = `${node.urls[0] ?? ''}/v1/models`;
  const hiding = httpRequest(url, { headers: { ...KEY, 'transfer-encoding': 'chunked' } });
  hiding.end('POST /plexus/v1/grants HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n');
  const answered = once(hiding, 'response') as Promise<[IncomingMessage]>;
  (await hub.calls.next()).response.end('{}');
  const [{ statusCode }] = await answered;
  expect(statusCode).toBe(200);
  const second = fetch(url, { headers: KEY });
  const { request, response } = await hub.calls.next();
  expect(`${request.method} ${request.url}`).toBe('GET /v1/models');
  response.end('{}');
  await second;
});
