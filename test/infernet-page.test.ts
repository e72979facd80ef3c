/** Every request of Infernet's page, as it is printed there, and what contract/infernet.md says beside it. Seed 004. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createInfernetWorld,
  type InfernetWorld,
  startContainer,
  type TestContainer,
} from './support/infernet-world.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NEIGHBOUR = '127.0.0.7';

let first: TestContainer;
let second: TestContainer;
let world: InfernetWorld;

beforeAll(async () => {
  first = await startContainer(({ n }, response, { destination }) => {
    if (destination !== 2) return { n: n + 1 };
    response.write('one ');
    response.end('two');
    return undefined;
  });
  second = await startContainer(({ n }) => ({ n: n * 10 }));
  world = await createInfernetWorld({
    containers: [
      { id: 'first', image: 'plexus/first:1', url: first.url, description: 'Adds one.', allowed_ips: [] },
      { id: 'second', image: 'plexus/second:1', url: second.url, bearer: 'secret', external: false },
      { id: 'guarded', image: 'plexus/guarded:1', url: first.url, allowed_ips: ['10.0.0.0/8', '127.0.0.0/30'] },
      { id: 'proving', image: 'plexus/proving:1', url: first.url, generates_proofs: true },
      { id: 'image', image: 'plexus/none:1' },
    ],
    config: { status_ips: ['127.0.0.7/32'], manage_containers: false },
  });
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
});

describe('GET /info', () => {
  it.each([0, 1] as const)('tells the containers and what is pending, on listener %d', async (port) => {
    const { status, body } = await world.call('GET', '/info', { port });
    expect(status).toBe(200);
    expect(body).toMatchObject({ pending: { offchain: 0, onchain: 0 }, chain: { enabled: false, address: '' } });
    expect(body.containers.slice(0, 2)).toEqual([
      { id: 'first', external: true, image: 'plexus/first:1', description: 'Adds one.' },
      { id: 'second', external: false, image: 'plexus/second:1' },
    ]);
    // Nothing runs the image of the fifth.
    expect(body.containers).toHaveLength(4);
  });
});

describe('POST /api/jobs', () => {
  it('runs one container after the other, each on what the one before answered', async () => {
    const id = await world.post(['first', 'second'], { n: 4 });
    expect(id).toMatch(UUID);
    expect(await world.ended(id)).toEqual({
      id,
      status: 'success',
      result: { container: 'second', output: { n: 50 } },
      intermediate_results: [{ container: 'first', output: { n: 5 } }],
    });
    expect(second.inputs.at(-1)).toEqual({ source: 1, destination: 1, data: { n: 5 }, requires_proof: false });
    expect(second.headers.at(-1)).toMatchObject({ authorization: 'Bearer secret' });
    expect(first.headers.at(-1)).not.toHaveProperty('authorization');
  });

  it('tells the container that must prove its answer, and no other', async () => {
    const body = { containers: ['first', 'proving'], data: { n: 1 }, requires_proof: true };
    const { body: job } = await world.call('POST', '/api/jobs', { body });
    await world.ended(job.id);
    expect(first.inputs.slice(-2).map(({ requires_proof: proof }) => proof)).toEqual([false, true]);
  });

  it('lets an allowed address use a guarded container', async () => {
    expect(await world.ended(await world.post(['guarded'], { n: 1 }))).toMatchObject({ status: 'success' });
  });

  it('answers a repeated Idempotency-Key with the first job', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const ids = [
      await world.post(['first'], { n: 1 }, { headers }),
      await world.post(['first'], { n: 1 }, { headers }),
    ];
    expect(ids[1]).toBe(ids[0]);
    const other = await world.call('POST', '/api/jobs', { headers, body: { containers: ['first'], data: { n: 2 } } });
    expect(other.status).toBe(409);
  });
});

describe('a wrong POST /api/jobs', () => {
  it.each([
    [{ containers: [], data: {} }, 'No containers specified', {}],
    [{ data: {} }, 'No containers specified', {}],
    [{ containers: ['first', 'x'] }, 'Container not supported', { container: 'x' }],
    [{ containers: ['second'] }, 'First container must be external', { first_container: 'second' }],
    [
      { containers: ['first', 'guarded'] },
      'Container not allowed for address',
      { container: 'guarded', address: NEIGHBOUR },
    ],
    [{ signature: {}, subscription: {} }, 'Chain not enabled', {}],
    [{ containers: ['first'], requires_proof: true }, 'Container does not generate proof', { container: 'first' }],
  ])('refuses %j', async (body, error, params) => {
    const answer = await world.call('POST', '/api/jobs', { body, from: NEIGHBOUR });
    expect([answer.status, answer.body]).toEqual([400, { error, params }]);
  });

  it.each(['[]', '7', '{', '{"containers":"first"}', '{"containers":["first"],"data":[]}', '{"containers":[1]}'])(
    'refuses %s, which is no request',
    async (body) => {
      const answer = await world.call('POST', '/api/jobs', { body });
      expect([answer.status, typeof answer.body.error]).toEqual([400, 'string']);
    },
  );
});

describe('POST /api/jobs/batch', () => {
  it('gives nine ids and one error, in order', async () => {
    const body = Array.from({ length: 10 }, (_, n) => ({ containers: [n === 6 ? 'x' : 'first'], data: { n } }));
    const answer = await world.call('POST', '/api/jobs/batch', { body });
    expect(answer.status).toBe(200);
    expect(answer.body).toHaveLength(10);
    expect(answer.body[6]).toEqual({ error: 'Container not supported', params: { container: 'x' } });
    const ids: string[] = answer.body.flatMap((item: { id?: string }) => item.id ?? []);
    const results = await Promise.all(ids.map((id) => world.ended(id)));
    expect(results.map(({ result }) => result.output.n)).toEqual([1, 2, 3, 4, 5, 6, 8, 9, 10]);
  });

  it('says of what is no request that it is none, and of what is no list that it is none', async () => {
    const { body } = await world.call('POST', '/api/jobs/batch', { body: [7, { containers: 'first' }] });
    expect(body).toEqual([
      { error: 'body: must be object', params: { field: 'body', part: 'body' } },
      { error: 'containers: must be array', params: { field: 'containers', part: 'body' } },
    ]);
    const none = await world.call('POST', '/api/jobs/batch', { body: {} });
    expect([none.status, none.body]).toEqual([400, { error: 'Expected a list' }]);
  });
});

describe('GET /api/jobs', () => {
  it('tells jobs in the asked order and leaves unknown ones out', async () => {
    const ids = [await world.post(['first'], { n: 1 }), await world.post(['first'], { n: 2 })];
    for (const id of ids) await world.ended(id);
    const query = [ids[1], randomUUID(), 'nothing', ids[0]].map((id) => `id=${id}`).join('&');
    const { body } = await world.call('GET', `/api/jobs?${query}`);
    expect(body).toEqual([
      { id: ids[1], status: 'success', result: { container: 'first', output: { n: 3 } } },
      { id: ids[0], status: 'success', result: { container: 'first', output: { n: 2 } } },
    ]);
    const one = await world.call('GET', `/api/jobs?id=${ids[0]}&intermediate=true`);
    expect(one.body).toMatchObject([{ intermediate_results: [] }]);
  });

  it('tells a thousand jobs at once', async () => {
    const id = await world.post(['first'], { n: 1 });
    await world.ended(id);
    const ids = Array.from({ length: 1000 }, () => `id=${id}`).join('&');
    const { status, body } = await world.call('GET', `/api/jobs?${ids}&intermediate=true`);
    expect([status, body.length]).toEqual([200, 1000]);
  });

  it('answers 404 to a single unknown id', async () => {
    const { status, body } = await world.call('GET', `/api/jobs?id=${randomUUID()}`);
    expect([status, body]).toEqual([404, { error: 'Job not found' }]);
  });

  it('lists the ids of a client, all, pending or finished', async () => {
    const from = '127.0.0.21';
    expect((await world.call('GET', '/api/jobs', { from })).body).toEqual([]);
    const id = await world.post(['first'], { n: 1 }, { from });
    await world.ended(id, { from });
    const list = async (query: string) => (await world.call('GET', `/api/jobs${query}`, { from })).body;
    expect(await list('')).toEqual([id]);
    expect(await list('?pending=false')).toEqual([id]);
    expect(await list('?pending=True')).toEqual([]);
    expect((await world.call('GET', '/api/jobs?pending=maybe', { from })).status).toBe(400);
  });
});

describe('a client', () => {
  it('is its address, whatever a body or a header says', async () => {
    const lies = { ip: '127.0.0.1', id: randomUUID(), containers: ['first'], data: { n: 1 } };
    const headers = { 'x-forwarded-for': '127.0.0.1', 'plexus-client': '127.0.0.1', 'plexus-node': 'x' };
    const { body } = await world.call('POST', '/api/jobs', { body: lies, headers, from: NEIGHBOUR });
    expect(body.id).not.toBe(lies.id);
    expect((await world.call('GET', `/api/jobs?id=${body.id}`, { from: NEIGHBOUR })).status).toBe(200);
    expect((await world.call('GET', `/api/jobs?id=${body.id}`)).status).toBe(404);
    expect((await world.call('GET', `/api/jobs/${body.id}/events`)).status).toBe(404);
    expect((await world.call('GET', '/api/jobs')).body).not.toContain(body.id);
  });

  it('is its key where it has one, and not even an operator sees the jobs of another', async () => {
    const { api_key: key } = await world.network.register();
    const id = await world.post(['first'], { n: 1 }, { key });
    await world.ended(id, { key });
    expect((await world.call('GET', '/api/jobs', { key, from: NEIGHBOUR })).body).toEqual([id]);
    expect((await world.call('GET', `/api/jobs?id=${id}`)).status).toBe(404);
    const asOperator = { key: world.network.operatorKey };
    expect((await world.call('GET', `/api/jobs?id=${id}`, asOperator)).status).toBe(404);
    // It is a job like any other, with a receipt.
    const job = await world.network.call('GET', `/plexus/v1/jobs/${id}`, { key });
    expect(job.body).toMatchObject({ service: 'container', state: 'completed', receipt_id: `receipt_${id}` });
    expect((await world.call('GET', '/api/jobs', { key: 'gn_wrong' })).status).toBe(401);
  });

  it('reaches the coordinator through a node only', async () => {
    const { status } = await world.network.call('GET', '/infernet/info');
    expect(status).toBe(403);
    const headers = { 'plexus-node': world.network.nodes[0]?.nodeId ?? '', 'plexus-client': '127.0.0.1' };
    const forged = { ...headers, 'plexus-pass': `${Date.now()}.${'A'.repeat(86)}==` };
    expect((await world.network.call('GET', '/infernet/info', { headers: forged })).status).toBe(403);
  });
});

describe('what later releases have', () => {
  it('GET /health and /resources', async () => {
    expect((await world.call('GET', '/health')).body).toEqual({ status: 'healthy' });
    const { body } = await world.call('GET', '/resources?model_id=a%20b');
    expect(body.second).toEqual({ asked: '/service-resources?model_id=a%20b' });
  });

  it('POST /api/jobs/stream begins with the id and goes on with the answer', async () => {
    const { status, text, headers } = await world.call('POST', '/api/jobs/stream', {
      body: { containers: ['first'], data: { n: 1 } },
    });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    const [id = '', answer] = text.split('\n');
    expect(answer).toBe('one two');
    expect(first.inputs.at(-1)).toMatchObject({ destination: 2 });
    expect(await world.ended(id)).toMatchObject({
      status: 'success',
      result: { container: 'first', output: 'one two' },
    });
  });

  it('the OpenAPI document of the node', async () => {
    const { body } = await world.call('GET', '/openapi.json');
    expect(Object.keys(body.paths)).toEqual(expect.arrayContaining(['/info', '/api/jobs', '/resources']));
  });

  it('a page to try that document with, which loads nothing from elsewhere', async () => {
    const [, url = ''] = world.urls;
    const page = await fetch(`${url}/docs`);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    const scripts = Array.from((await page.text()).matchAll(/src="([^"]+)"/g), ([, path]) => path);
    expect(scripts).toContain('/docs/start.js');
    for (const path of scripts) expect((await fetch(`${url}${path}`)).status, path).toBe(200);
    expect((await fetch(`${url}/docs/nothing.js`)).status).toBe(404);
    expect(await (await fetch(`${url}/docs/`)).text()).toContain('/docs/start.js');
  });
});

describe('PUT /api/status', () => {
  it('tells of a job that ran elsewhere, from an allowed address', async () => {
    const id = randomUUID();
    const put = (status: string, from: string) =>
      world.call('PUT', '/api/status', { body: { id, status, containers: ['first'] }, from });
    expect((await put('running', '127.0.0.8')).status).toBe(403);
    expect((await put('running', NEIGHBOUR)).status).toBe(200);
    const look = () => world.call('GET', `/api/jobs?id=${id}`, { from: NEIGHBOUR });
    expect((await look()).body).toMatchObject([{ id, status: 'running', result: null }]);
    expect((await world.call('GET', '/info')).body.pending).toEqual({ offchain: 1, onchain: 0 });
    const watched = world.ended(id, { from: NEIGHBOUR });
    expect((await put('success', NEIGHBOUR)).status).toBe(200);
    expect(await watched).toMatchObject({ id, status: 'success' });
    const result = { container: 'first', output: null };
    expect((await look()).body).toEqual([{ id, status: 'success', result }]);
    expect((await world.call('GET', `/api/jobs?id=${id.toUpperCase()}`, { from: NEIGHBOUR })).status).toBe(200);
    expect((await world.call('GET', '/info')).body.pending).toEqual({ offchain: 0, onchain: 0 });
    expect((await put('failed', NEIGHBOUR)).status).toBe(409);
  });

  it('takes the first of two ends that are told at once', async () => {
    const body = { id: randomUUID(), status: 'success', containers: ['first'] };
    const put = () => world.call('PUT', '/api/status', { body, from: NEIGHBOUR });
    const answers = await Promise.all([put(), put()]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  });
});
