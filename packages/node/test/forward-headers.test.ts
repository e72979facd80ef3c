import { expect, test } from 'vitest';
import { forwardedHeaders } from '../src/forward-headers.ts';

test.each([
  // A page of the node's own, such as its /docs; the second one by way of a proxy with TLS.
  ['http://node1:8000', 'node1:8000', undefined],
  ['https://node1.example.org', 'node1.example.org', undefined],
  ['http://node1:4000', 'node1:8000', 'http://node1:4000'],
  ['https://evil.example', 'node1:8000', 'https://evil.example'],
  ['null', 'node1:8000', 'null'],
])('of a page at %s, for the Host %s, the coordinator is told %s', (origin, host, told) => {
  expect(forwardedHeaders({ headers: { origin, host }, id: 'a' })).toEqual({
    'x-request-id': 'a',
    ...(told !== undefined && { origin: told }),
  });
});
