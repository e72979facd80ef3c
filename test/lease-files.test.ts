/** Files of jobs on their way between the coordinator, the nodes that have these jobs, and clients. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ARCHIVE, createFileWorld, type FileWorld } from './support/file-world.ts';
import { KeyedNode } from './support/keyed-node.ts';

let world: FileWorld;

beforeAll(async () => {
  world = await createFileWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

it('files of a job are fetched by the node that has it, to the byte', async () => {
  await using lease = await world.lease();
  const { node, task } = lease;
  const response = await node.fetchBundle(task);
  expect(response.status).toBe(200);
  expect(Buffer.from(await response.arrayBuffer())).toEqual(ARCHIVE);
});

it('files of a job are nobody else’s', async () => {
  await using lease = await world.lease();
  const { node, task } = lease;
  const stranger = await KeyedNode.connect(world.network, { nodeId: 'stranger', service: 'other' });
  const attempts = {
    'a stranger under its own name': await stranger.fetchBundle(task),
    'a stranger under the name of the node': await stranger.fetchBundle(task, { nodeId: node.nodeId }),
    'the node for another epoch': await node.fetchBundle(task, { epoch: (task.epoch ?? 0) + 1 }),
    'the node for another job': await node.fetchBundle(task, { jobId: '550e8400-e29b-41d4-a716-446655440000' }),
    'somebody without a name': await fetch(
      `${world.network.url}/plexus/v1/leases/${task.task_id}/${task.epoch}/bundle`,
    ),
  };
  const statuses = Object.entries(attempts).map(([who, { status }]) => [who, status]);
  expect(Object.fromEntries(statuses)).toEqual({
    'a stranger under its own name': 409,
    'a stranger under the name of the node': 403,
    'the node for another epoch': 409,
    'the node for another job': 409,
    'somebody without a name': 403,
  });
  stranger.socket.terminate();
});

it('files of a job are kept when the job completes, and whoever has their address may read them', async () => {
  await using lease = await world.lease();
  const { node, task } = lease;
  const sent = await node.sendOutput(task, { name: 'plots/Größe 1.png', content: 'a picture' });
  expect(sent.status).toBe(201);
  const kept = (await sent.json()) as { url: string };
  expect(kept).toMatchObject({ name: 'plots/Größe 1.png', size: 9, content_type: 'image/png' });
  expect(kept.url).toMatch(/^\/artifacts\/[\w-]{43}\/plots\/Gr%C3%B6%C3%9Fe%201\.png$/);
  node.complete(task, '{}');
  expect(await lease.job()).toMatchObject({ state: 'completed', error: null });
  const file = await fetch(world.network.url + kept.url);
  expect(await file.text()).toBe('a picture');
  expect(Object.fromEntries(file.headers)).toMatchObject({
    'content-type': 'image/png',
    'content-length': '9',
    'content-disposition': `attachment; filename="Gr__e 1.png"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%201.png`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'referrer-policy': 'no-referrer',
  });
  expect((await fetch(`${world.network.url}${kept.url}x`)).status).toBe(404);
  expect((await fetch(world.network.url + kept.url.replace('/artifacts/', '/artifacts/x'))).status).toBe(404);
});

it('files of a job are read in parts', async () => {
  await using lease = await world.lease();
  const { node, task } = lease;
  const { url } = (await (await node.sendOutput(task, { name: 'a', content: '0123456789' })).json()) as {
    url: string;
  };
  const get = async (headers: Record<string, string>, method = 'GET') => {
    const response = await fetch(world.network.url + url, { method, headers });
    return [response.status, response.headers.get('content-range'), await response.text()];
  };
  expect(await get({ range: 'bytes=2-4' })).toEqual([206, 'bytes 2-4/10', '234']);
  expect(await get({ range: 'bytes=-3' })).toEqual([206, 'bytes 7-9/10', '789']);
  expect(await get({ range: 'bytes=8-' })).toEqual([206, 'bytes 8-9/10', '89']);
  expect(await get({ range: 'bytes=10-' })).toEqual([416, 'bytes */10', '']);
  expect(await get({ range: 'bytes=0-1,3-4' })).toEqual([200, null, '0123456789']);
  expect(await get({ range: 'bytes=0-1', 'if-range': '"other"' })).toEqual([200, null, '0123456789']);
  expect(await get({}, 'HEAD')).toEqual([200, null, '']);
  const etag = `"${createHash('sha256').update('0123456789').digest('hex')}"`;
  for (const held of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    expect(await get({ 'if-none-match': held }), held).toEqual([304, null, '']);
  }
  expect(await get({ 'if-none-match': '"other"' })).toEqual([200, null, '0123456789']);
});

it('files of a job that are sent twice are one', async () => {
  await using lease = await world.lease();
  const { node, task } = lease;
  const first = await node.sendOutput(task, { name: 'a', content: 'same' });
  const second = await node.sendOutput(task, { name: 'a', content: 'same' });
  expect(await second.json()).toEqual(await first.json());
});

it('files of a job are removed when the job fails', async () => {
  await using lease = await world.lease();
  const { node, task } = lease;
  const { url } = (await (await node.sendOutput(task, { name: 'a', content: 'x' })).json()) as { url: string };
  expect((await fetch(world.network.url + url)).status).toBe(200);
  node.fail(task, { code: 'PROGRAM_FAILED', message: 'no', retryable: false });
  expect(await lease.job()).toMatchObject({ state: 'failed', reason: 'program_failed', error: 'no' });
  await expect.poll(async () => (await fetch(world.network.url + url)).status).toBe(404);
});

it('files of a job must be what they are said to be, and have a name that is one', async () => {
  await using lease = await world.lease();
  const { node, task } = lease;
  const other = await node.sendOutput(task, { name: 'a', content: 'x', said: 'y' });
  expect([other.status, await other.json()]).toMatchObject([422, { error: { code: 'INVALID_PAYLOAD' } }]);
  for (const name of ['', '../a', '/a', 'a//b', 'a\u0000', '.', 'a\\b', 'x'.repeat(401)]) {
    expect((await node.sendOutput(task, { name, content: 'x' })).status, JSON.stringify(name)).toBe(422);
  }
});

it('files of a job whose name is told twice are refused', async () => {
  await using lease = await world.lease();
  const { task_id: id, epoch } = lease.task;
  const url = `${world.network.url}/plexus/v1/leases/${id}/${epoch}/outputs?name=a&name=b&sha256=${'0'.repeat(64)}`;
  expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(422);
});

it('a file of a job that is gone from the disk is not found, and nobody keeps the refusal for the file', async () => {
  await using lease = await world.lease();
  const { node, task } = lease;
  const sent = await node.sendOutput(task, { name: 'a.txt', content: 'soon gone' });
  const { url, sha256 } = (await sent.json()) as { url: string; sha256: string };
  await rm(join(world.network.home, 'artifacts', 'content', sha256));
  const { status, headers } = await fetch(world.network.url + url);
  expect([status, headers.get('etag'), headers.get('cache-control')]).toEqual([404, null, null]);
});

it('files of a job are no more than a job may make', async () => {
  await using lease = await world.lease();
  const { node, task } = lease;
  const outcomes = await Promise.all(
    Array.from({ length: 105 }, (_, i) => node.sendOutput(task, { name: `f${i}`, content: String(i) })),
  );
  const last = await node.sendOutput(task, { name: 'last', content: 'x' });
  expect(outcomes.some(({ status }) => status === 201)).toBe(true);
  expect([last.status, await last.json()]).toMatchObject([413, { error: { code: 'ARTIFACT_TOO_LARGE' } }]);
});

it('files of a job cannot be sent for a job that has ended', async () => {
  await using lease = await world.lease();
  const { node, task } = lease;
  node.complete(task, '{}');
  await lease.job();
  expect((await node.sendOutput(task, { name: 'late', content: 'x' })).status).toBe(409);
  expect((await node.fetchBundle(task)).status).toBe(409);
});

it('files of a job are paid by the second, and not for longer than the node had the job', async () => {
  await using lease = await world.lease();
  const { node, task } = lease;
  expect(task.receipt).toMatchObject({ unit_type: 'second', unit_price_micro: '100', max_units: 300 });
  node.complete(task, '{}', 200);
  expect(await lease.job()).toMatchObject({
    state: 'failed',
    error: 'the node counted 200 seconds, which is longer than it had the job',
    cost: '0',
  });
});
