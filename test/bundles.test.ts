/** Bundles that clients upload, and the jobs that name them. */
import { RawNode } from '@plexus/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ARCHIVE, createFileWorld, type FileWorld, SHA256 } from './support/file-world.ts';
import { KeyedNode } from './support/keyed-node.ts';

let world: FileWorld;

beforeAll(async () => {
  world = await createFileWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

/** A body whose length nobody knows beforehand. */
function inPieces(count: number, piece: Uint8Array): ReadableStream<Uint8Array> {
  let left = count;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(piece);
      else controller.close();
    },
  });
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${world.network.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1]);
}

it('a bundle is named by its content, however often and by whichever path it is uploaded', async () => {
  for (const path of ['/v1/bundles', '/v1/bundles', '/api/v1/bundles']) {
    const { status, body } = await world.upload(new Uint8Array(ARCHIVE), { 'content-type': 'application/gzip' }, path);
    expect([status, body], path).toEqual([201, { bundle: SHA256, size: ARCHIVE.length }]);
  }
});

it('a bundle may come with any media type or none, and in pieces', async () => {
  for (const type of ['application/json', 'application/x-www-form-urlencoded', 'x/y']) {
    const { status, body } = await world.upload(new Uint8Array(ARCHIVE), { 'content-type': type });
    expect([status, body.bundle], type).toEqual([201, SHA256]);
  }
  const streamed = await world.upload(inPieces(1, new Uint8Array(ARCHIVE)));
  expect([streamed.status, streamed.body.bundle]).toEqual([201, SHA256]);
});

it.each([
  ['a text', 'hello'],
  ['JSON', '{"a":1}'],
  ['nothing', ''],
])('a bundle that is %s is refused in words of AITBC', async (_what, content) => {
  const { status, body } = await world.upload(content);
  expect([status, body.error?.code]).toEqual([422, 'INVALID_PAYLOAD']);
  expect(body.error?.details.request_id).not.toBe('');
});

it('a bundle needs a key, and says so before it is read', async () => {
  const { status, body, headers } = await world.upload(new Uint8Array(ARCHIVE), { authorization: 'Bearer gn_wrong' });
  expect([status, body.error?.code]).toEqual([401, 'INVALID_API_KEY']);
  expect(headers.get('www-authenticate')).toBe('Bearer');
});

it('a bundle that is too long is refused at once where it says so', async () => {
  const { status, body } = await world.upload(new Uint8Array(100 * 1024 ** 2 + 1));
  expect([status, body.error?.code]).toEqual([413, 'ARTIFACT_TOO_LARGE']);
});

it('a bundle that turns out to be too long is stopped there, and leaves nothing', async () => {
  const before = await metric('plexus_artifact_bytes');
  const piece = new Uint8Array(4 * 1024 ** 2);
  piece.set([0x1f, 0x8b]);
  const { status, body } = await world.upload(inPieces(27, piece));
  expect([status, body.error?.code]).toEqual([413, 'ARTIFACT_TOO_LARGE']);
  expect(await metric('plexus_artifact_bytes')).toBe(before);
});

it('a bundle of somebody else does not exist', async () => {
  await world.upload(new Uint8Array(ARCHIVE));
  const { api_key: other } = await world.network.register();
  for (const [params, caller] of [
    [{ bundle: SHA256 }, other],
    [{ bundle: 'f'.repeat(64) }, world.key],
  ] as const) {
    const { status, body } = await world.submit(params, caller);
    expect([status, body.error.code, body.error.details.field]).toEqual([422, 'INVALID_INPUT', 'params.bundle']);
  }
});

it('a bundle is asked for by POST only', async () => {
  const { status, headers, body } = await world.network.call('GET', '/v1/bundles', { key: world.key });
  expect([status, headers.get('allow'), body.error.code]).toEqual([405, 'POST', 'METHOD_NOT_ALLOWED']);
});

it('a program that requires packages goes to a node that has them, or is refused with the reason', async () => {
  const without = await KeyedNode.connect(world.network, { nodeId: 'plain', service: 'python' });
  const refused = await world.submit({ requirements: ['NumPy>=1.24'] });
  expect([refused.status, refused.body.error.details.unfit]).toEqual([
    503,
    ['plain: its engine has no "python:numpy"'],
  ]);
  const features = ['python:numpy'];
  const withNumpy = await KeyedNode.connect(world.network, { nodeId: 'numeric', service: 'python', features });
  const accepted = await world.submit({ requirements: ['NumPy>=1.24'] });
  expect((await withNumpy.nextTask()).task_id).toBe(accepted.body.id);
  for (const node of [without, withNumpy]) node.socket.terminate();
});

it('a program is not given to a node of the original system, which could not fetch it', async () => {
  const original = await RawNode.join(world.network.url, { nodeId: 'original', capability: 'python' });
  const { status, body } = await world.submit({});
  expect([status, body.error.details.unfit]).toEqual([503, ['original: does not count seconds']]);
  original.terminate();
});

it.each([
  { requirements: ['numpy; import os'] },
  { requirements: ['git+https://example.com/x'] },
  { entrypoint: '../x.py' },
  { entrypoint: '/x.py' },
  { entrypoint: '-c.py' },
  { entrypoint: 'x.sh' },
  { bundle: '../../etc' },
  { memory_bytes: 1 },
  { cpu_millis: 0 },
  { timeout_seconds: 100_000 },
])('a program with %j is refused', async (params) => {
  const { status, body } = await world.submit(params);
  expect([status, body.error.code]).toEqual([422, 'INVALID_INPUT']);
});
