/** How many jobs a container has to do at once, by whatever API they come: `max_pending`. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createInfernetWorld,
  type InfernetWorld,
  sendJson,
  startContainer,
  type TestContainer,
} from './support/infernet-world.ts';

let container: TestContainer;
let world: InfernetWorld;
let key: string;
/** Answers that the container has not given yet, by the data that they are for. */
const held = new Map<string, () => void>();

beforeAll(async () => {
  container = await startContainer(({ name }, response) => {
    held.set(name, () => sendJson(response, { name }, name.startsWith('bad') ? 500 : 200));
  });
  const at = { url: container.url, max_pending: 2 };
  world = await createInfernetWorld({
    containers: [
      { id: 'open', ...at },
      { id: 'other', ...at },
    ],
  });
  key = (await world.network.register()).api_key;
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await container[Symbol.asyncDispose]();
});

const call = (method: string, path: string, body?: unknown) =>
  world.network.call(method, path, { key, ...(body !== undefined && { body }) });
const byPlexus = (name: string, id = 'open') =>
  call('POST', '/plexus/v1/jobs', {
    service: 'container',
    content: JSON.stringify({ name }),
    params: { containers: [id] },
  });
const byGemmanet = (name: string) =>
  call('POST', '/api/v1/request', {
    task_type: 'container',
    content: JSON.stringify({ name }),
    params: { containers: ['open'] },
  });
const byInfernet = (name: string) =>
  world.call('POST', '/api/jobs', { body: { containers: ['open'], data: { name } } });
/** Waits for a place where there is none. */
const byAitbc = (name: string, id = 'open') =>
  call('POST', '/v1/jobs', { type: 'container', input: { data: { name }, containers: [id] } });
const pending = async (): Promise<number> => (await world.call('GET', '/info')).body.pending.offchain;

const PATIENCE = { timeout: 10_000 };

/** Lets the container answer for this data, once it has been asked. */
async function answer(name: string): Promise<void> {
  await expect.poll(() => held.has(name), PATIENCE).toBe(true);
  held.get(name)?.();
  held.delete(name);
}

async function untilIdle(): Promise<void> {
  await expect.poll(pending, PATIENCE).toBe(0);
}

it('counts jobs of other APIs, and refuses those that are too many by each', async () => {
  expect([(await byPlexus('a')).status, (await byPlexus('b')).status]).toEqual([201, 201]);
  expect(await pending()).toBe(2);
  const third = await byPlexus('c');
  expect([third.status, third.body.error.code, third.headers.get('retry-after')]).toEqual([503, 'QUEUE_FULL', '1']);
  expect((await byGemmanet('c')).status).toBe(503);
  expect(third.body.error.message).toContain('has too many jobs for "open"');
  expect((await byInfernet('c')).status).toBe(503);
  // Each container has a bound of its own.
  expect((await byPlexus('d', 'other')).status).toBe(201);
  await answer('a');
  await expect.poll(pending, PATIENCE).toBe(2);
  expect((await byInfernet('e')).status).toBe(200);
  expect((await byPlexus('f')).status).toBe(503);
  for (const name of ['b', 'd', 'e']) await answer(name);
  await untilIdle();
});

it.each(['good', 'bad'])('gives the place of a job that ends (%s) to one that waits for it', async (how) => {
  expect([(await byInfernet(`${how} 1`)).status, (await byInfernet(`${how} 2`)).status]).toEqual([200, 200]);
  const { body } = await byAitbc(`${how} later`);
  expect((await call('GET', `/v1/jobs/${body.job_id}`)).body.status).toBe('submitted');
  await answer(`${how} 1`);
  for (const name of ['later', '2']) await answer(`${how} ${name}`);
  await untilIdle();
});

it('lets no job wait behind one that is for another container', async () => {
  for (const id of ['open', 'other']) for (const n of [1, 2]) await byPlexus(`${id} ${n}`, id);
  for (const id of ['open', 'other']) await byAitbc(`${id} later`, id);
  await answer('other 1');
  await answer('other later');
  for (const name of ['other 2', 'open 1', 'open later', 'open 2']) await answer(name);
  await untilIdle();
});
