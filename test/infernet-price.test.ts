/** Containers that have a price: what is held before, charged after, and whom it is paid to. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createInfernetWorld,
  type InfernetWorld,
  sendJson,
  startContainer,
  type TestContainer,
} from './support/infernet-world.ts';

let container: TestContainer;
let world: InfernetWorld;
/** Answers that the container has not given yet. */
const held: (() => void)[] = [];

beforeAll(async () => {
  container = await startContainer(({ n, how }, response, { destination }) => {
    if (how === 'fails') return sendJson(response, { why: 'no luck' }, 500);
    if (how === 'held') return void held.push(() => sendJson(response, { n }));
    if (how === 'half') {
      response.write('half of it');
      setImmediate(() => response.destroy());
      return undefined;
    }
    return destination === 2 ? void response.end(`whole ${n}`) : { n: n + 1 };
  });
  world = await createInfernetWorld({
    containers: [
      { id: 'cheap', url: container.url, price: 0.25 },
      { id: 'dear', url: container.url, price: '2.000001', external: false },
      { id: 'free', url: container.url, price: 0 },
      { id: 'guarded', url: container.url, allowed_ips: ['127.0.0.0/8'] },
    ],
    coordinator: { feeBasisPoints: 1000 },
  });
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await container[Symbol.asyncDispose]();
});

interface Purse {
  readonly key: string;
  readonly wallet: () => Promise<Record<'available' | 'held' | 'spent' | 'earned', string>>;
}

async function newClient(): Promise<Purse> {
  const { api_key: key } = await world.network.register();
  return purseOf(key);
}

function purseOf(key: string): Purse {
  return { key, wallet: async () => (await world.network.call('GET', '/plexus/v1/wallet', { key })).body };
}

/** Of whoever has the node. */
async function ownerOfNode(): Promise<Purse> {
  const { network } = world;
  const { operatorKey: key } = network;
  const { body: nodes } = await network.call('GET', '/plexus/v1/nodes', { key });
  const { body } = await network.call('POST', '/plexus/v1/keys', {
    key,
    body: { account_id: nodes.items[0].account_id },
  });
  return purseOf(body.api_key);
}

/** A key whose owner has so many credits. */
async function clientWith(credits: string): Promise<Purse> {
  const { key } = await newClient();
  const body = { spend_limit: credits };
  const limited = await world.network.call('POST', '/plexus/v1/keys', { key, body });
  expect(limited.status, JSON.stringify(limited.body)).toBe(201);
  return purseOf(limited.body.api_key);
}

it('the node tells its prices', async () => {
  const { containers } = (await world.call('GET', '/info')).body;
  const prices = containers.map(({ id, price }: Record<string, unknown>) => [id, price]);
  expect(prices).toEqual([
    ['cheap', '0.25'],
    ['dear', '2.000001'],
    ['free', undefined],
    ['guarded', undefined],
  ]);
});

describe('a chain', () => {
  it('is held for as the sum of its containers, charged once it is done, and paid to the owner of the node', async () => {
    const { key, wallet } = await newClient();
    const owner = await ownerOfNode();
    const before = await owner.wallet();
    const id = await world.post(['cheap', 'dear', 'cheap'], { how: 'held', n: 1 }, { key });
    await expect.poll(() => held.length).toBe(1);
    expect(await wallet()).toMatchObject({ available: '997.499999', held: '2.500001', spent: '0' });
    held.pop()?.();
    expect(await world.ended(id, { key })).toMatchObject({ status: 'success', result: { output: { n: 3 } } });
    expect(await wallet()).toMatchObject({ available: '997.499999', held: '0', spent: '2.500001' });
    const earned = Number((await owner.wallet()).earned) - Number(before.earned);
    expect(earned).toBeCloseTo(2.500001 * 0.9, 6);
    const receipt = (await world.network.call('GET', `/plexus/v1/receipts/receipt_${id}`, { key })).body;
    expect(receipt).toMatchObject({ job_id: id, units: 1, price: '2.500001' });
    const info = await world.network.call('GET', '/plexus/v1/info', { key: world.network.operatorKey });
    expect(info.body.ledger_sum).toBe('0');
  });

  it('costs the same however much data it is given', async () => {
    const { key, wallet } = await newClient();
    await world.ended(await world.post(['cheap'], { n: 1, text: 'x'.repeat(5000) }, { key }), { key });
    expect(await wallet()).toMatchObject({ spent: '0.25' });
  });

  it('that fails costs nothing', async () => {
    const { key, wallet } = await newClient();
    const job = await world.ended(await world.post(['cheap', 'dear'], { n: 1, how: 'fails' }, { key }), { key });
    expect(job).toMatchObject({ status: 'failed', result: { container: 'cheap' } });
    expect(await wallet()).toMatchObject({ available: '1000', held: '0', spent: '0' });
  });
});

describe('a stream', () => {
  const stream = async (how: string, key: string) =>
    (await world.call('POST', '/api/jobs/stream', { body: { containers: ['cheap'], data: { n: 1, how } }, key })).text;

  it('is charged like any other job, and costs nothing when it breaks', async () => {
    const { key, wallet } = await newClient();
    expect(await stream('half', key)).toContain('half of it');
    expect(await wallet()).toMatchObject({ available: '1000', held: '0', spent: '0' });
    expect(await stream('whole', key)).toMatch(/\nwhole 1$/);
    expect(await wallet()).toMatchObject({ available: '999.75', held: '0', spent: '0.25' });
  });
});

describe('whoever cannot pay', () => {
  const body = { containers: ['free', 'dear'], data: { n: 1 } };
  const noKey = {
    error: 'Container has a price: send a key of an account with credits',
    params: { container: 'dear', price: '2.000001' },
  };

  it('is refused without a key, also in a batch and for a stream, and may use what is free', async () => {
    const refused = await world.call('POST', '/api/jobs', { body });
    expect([refused.status, refused.body]).toEqual([402, noKey]);
    const streamed = await world.call('POST', '/api/jobs/stream', { body });
    expect([streamed.status, streamed.body]).toEqual([402, noKey]);
    const free = { containers: ['free'], data: { n: 1 } };
    const batch = await world.call('POST', '/api/jobs/batch', { body: [free, body] });
    expect(batch.body).toEqual([{ id: expect.any(String) }, noKey]);
    expect(await world.ended(batch.body[0].id)).toMatchObject({ status: 'success' });
  });

  it('is told what is missing', async () => {
    const { key } = await clientWith('2');
    const before = container.inputs.length;
    const { status, body: answer } = await world.call('POST', '/api/jobs', { body, key });
    expect([status, answer.params]).toEqual([402, { required: '2.000001', remaining: '2' }]);
    expect(container.inputs).toHaveLength(before);
  });
});

describe('by another API', () => {
  const submit = async (key: string, more: object = {}) => {
    const body = {
      service: 'container',
      content: '{"n":1}',
      params: { containers: ['cheap'] },
      wait_seconds: 10,
      ...more,
    };
    return await world.network.call('POST', '/plexus/v1/jobs', { key, body });
  };

  it('a container costs the same', async () => {
    const { key, wallet } = await newClient();
    expect((await submit(key)).body).toMatchObject({ state: 'completed', cost: '0.25' });
    expect(await wallet()).toMatchObject({ spent: '0.25' });
    expect((await submit(key, { max_cost: '0.2' })).status).toBe(402);
  });

  it('one that no node has is refused at once', async () => {
    const { key } = await newClient();
    const { status, body } = await submit(key, { params: { containers: ['other'] } });
    expect([status, body.error.message]).toEqual([503, expect.stringContaining('does not have these containers')]);
  });

  it.each([
    [['dear', 'free'], 'lets no job begin with "dear"'],
    [['free', 'guarded'], 'keeps "guarded" for clients of Infernet\'s API from certain networks'],
  ])('%j, which its operator keeps, is refused at once, and never asked', async (containers, reason) => {
    const { key } = await newClient();
    const before = container.inputs.length;
    const { status, body } = await submit(key, { params: { containers } });
    expect([status, body.error.message]).toEqual([503, expect.stringContaining(reason)]);
    expect(container.inputs).toHaveLength(before);
  });

  it('one that a job may not begin with may come later in it', async () => {
    const { key } = await newClient();
    const { body } = await submit(key, { params: { containers: ['free', 'dear'] } });
    expect(body).toMatchObject({ state: 'completed', cost: '2.000001' });
  });
});
