/** What the page at /docs fills in where a body is wanted can be sent as it is. */
import { createTestNetwork } from '@plexus/testkit';
import { expect, it } from 'vitest';

interface Operation {
  readonly requestBody?: {
    readonly content: { readonly 'application/json'?: { readonly schema: { readonly examples?: readonly object[] } } };
  };
}

const MALFORMED = [400, 401, 413, 415, 422];
const WORKS = ['/api/v1/request', '/api/v1/register', '/plexus/v1/jobs', '/plexus/v1/keys', '/v1/jobs'];

it('is taken, but for what there is no node for', { timeout: 60_000 }, async () => {
  await using network = await createTestNetwork({ nodes: 1 });
  const { paths } = (await network.call('GET', '/openapi.json')).body;
  const answers = new Map<string, number>();
  for (const [path, item] of Object.entries<{ readonly post?: Operation }>(paths)) {
    for (const body of item.post?.requestBody?.content['application/json']?.schema.examples ?? []) {
      const { status, body: answer } = await network.call('POST', path, { key: network.operatorKey, body });
      expect(MALFORMED, `${path}: ${JSON.stringify(answer)}`).not.toContain(status);
      answers.set(path, status);
    }
  }
  for (const path of WORKS) expect(answers.get(path), path).toBeOneOf([200, 201]);
  for (const path of ['chat/completions', 'completions', 'embeddings']) expect(answers.get(`/v1/${path}`)).toBe(503);
});

it('is on a page that has the icon which browsers ask for', async () => {
  await using network = await createTestNetwork({ nodes: 0 });
  const icon = await fetch(`${network.url}/favicon.ico`);
  expect([icon.status, icon.headers.get('content-type')]).toEqual([200, 'image/png']);
});
