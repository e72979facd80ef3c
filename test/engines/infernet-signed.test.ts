/** Signed subscriptions that are answered again and again: the chain's clock is moved, and the node started anew. */
import { join } from 'node:path';
import { createLogger } from '@plexus/coordinator';
import { type RunningNode, startNode } from '@plexus/node';
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { encodeAbiParameters, type Hex, keccak256, parseAbi, zeroAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Anvil, NODE_KEY, startAnvil } from '../support/anvil.ts';
import { callsTo, infernetConfig, startContainer, type TestContainer } from '../support/infernet-world.ts';
import { signedSubscription, type SubscriptionTerms } from '../support/signed-subscription.ts';

const HOUR = 3600;
const ABI = parseAbi([
  'function id() view returns (uint32)',
  'function redundancyCount(bytes32 key) view returns (uint16)',
  'function deliverCompute(uint32 id, uint32 interval, bytes input, bytes output, bytes proof, address nodeWallet)',
]);

let anvil: Anvil;
let coordinator: Hex;
let container: TestContainer;
let config: Awaited<ReturnType<typeof infernetConfig>>;
let network: TestNetwork;
let node: RunningNode;
let key: string;
let nonce = 0;

beforeAll(async () => {
  anvil = await startAnvil();
  coordinator = await anvil.deploy('TestCoordinator');
  container = await startContainer((data) => ({ got: data }));
  config = await infernetConfig([{ id: 'box', url: container.url, price: 0.5 }], {
    chain: {
      enabled: true,
      rpc_url: anvil.rpcUrl,
      registry_address: coordinator,
      wallet: { private_key: NODE_KEY },
      poll_seconds: 0.2,
    },
  });
  network = await createTestNetwork({ nodes: 0 });
  await start();
}, 60_000);

afterAll(async () => {
  await node.close();
  await network[Symbol.asyncDispose]();
  await config[Symbol.asyncDispose]();
  await container[Symbol.asyncDispose]();
  anvil.close();
});

beforeEach(async () => {
  ({ api_key: key } = await network.register());
  nonce += 1;
});

async function start(): Promise<void> {
  node = await startNode({
    home: join(network.home, 'node'),
    coordinatorUrl: network.url,
    token: network.operatorKey,
    host: '127.0.0.1',
    ports: [0],
    services: ['echo'],
    installLlama: false,
    logger: createLogger({ level: 'silent' }),
    infernet: { configPath: config.path },
  });
  await node.connected;
}

/** Hands a subscription in, and waits until it was answered for the first time. */
async function subscribe(terms: Omit<SubscriptionTerms, 'nonce'>): Promise<unknown> {
  const { timestamp } = await anvil.reader.getBlock();
  const now = Number(timestamp);
  const times = { activeAt: now, expiry: now + 600 };
  const body = await signedSubscription(coordinator, { ...times, ...terms, nonce }, { n: nonce });
  const { call, ended } = callsTo(node.urls);
  const created = await call('POST', '/api/jobs', { body, key });
  return created.status === 200 ? await ended(created.body.id, { key }) : created;
}

/** What the container was given for this test's subscription. */
const given = () => container.inputs.filter(({ data }) => data.n === nonce);
const pending = async () => (await callsTo(node.urls).call('GET', '/info')).body.pending.onchain as number;
const lastId = async () =>
  (await anvil.reader.readContract({ address: coordinator, abi: ABI, functionName: 'id' })) - 1;

/** How many answers to an interval of the newest subscription are on the chain. */
async function answers(interval: number): Promise<number> {
  const types = [{ type: 'uint32' }, { type: 'uint32' }] as const;
  const args = [keccak256(encodeAbiParameters(types, [await lastId(), interval]))] as const;
  return await anvil.reader.readContract({ address: coordinator, abi: ABI, functionName: 'redundancyCount', args });
}

it('each interval is answered once, with the signed data, also after a restart', { timeout: 60_000 }, async () => {
  expect(await subscribe({ period: 2 * HOUR, frequency: 3 })).toMatchObject({ status: 'success' });
  expect(await answers(1)).toBe(1);
  await expect.poll(pending, { timeout: 10_000 }).toBe(1);

  await anvil.pass(2 * HOUR);
  await expect.poll(() => answers(2), { timeout: 20_000 }).toBe(1);

  await node.close();
  await anvil.pass(2 * HOUR);
  await start();
  await expect.poll(() => answers(3), { timeout: 20_000 }).toBe(1);
  await expect.poll(pending, { timeout: 10_000 }).toBe(0);
  const work = { source: 1, destination: 0, data: { n: nonce } };
  expect(given()).toMatchObject([work, work, work]);

  // Whoever has handed it in has paid for the first one; the contract pays for the others.
  expect((await network.call('GET', '/plexus/v1/wallet', { key })).body).toMatchObject({ spent: '0.5', held: '0' });
});

it(
  'an interval that others have answered is left, and one that has passed is not caught up',
  { timeout: 60_000 },
  async () => {
    expect(await subscribe({ period: HOUR, frequency: 4 })).toMatchObject({ status: 'success' });
    await node.close();
    await anvil.pass(2 * HOUR);
    const args = [await lastId(), 3, '0x', '0x01', '0x', zeroAddress] as const;
    const call = { address: coordinator, abi: ABI, functionName: 'deliverCompute', args } as const;
    await anvil.mined(await anvil.wallet.writeContract(call));
    await start();
    await expect.poll(pending, { timeout: 10_000 }).toBe(1);
    await anvil.pass(HOUR);
    await expect.poll(() => answers(4), { timeout: 20_000 }).toBe(1);
    expect([await answers(2), await answers(3)]).toEqual([0, 1]);
    expect(given()).toHaveLength(2);
    await expect.poll(pending, { timeout: 10_000 }).toBe(0);
  },
);

it(
  'one that has ended, or is not active yet, is refused before its containers have worked',
  { timeout: 60_000 },
  async () => {
    const { timestamp } = await anvil.reader.getBlock();
    const now = Number(timestamp);
    const early = { status: 'failed', result: { error: 'The subscription is not active yet' } };
    expect(await subscribe({ activeAt: now + HOUR })).toMatchObject(early);
    const late = { status: 'failed', result: { error: 'The subscription has ended' } };
    expect(await subscribe({ activeAt: now - HOUR, period: 60, frequency: 2 })).toMatchObject(late);
    expect(given()).toEqual([]);
    const unpaid = await callsTo(node.urls).call('POST', '/api/jobs', {
      body: await signedSubscription(coordinator, { nonce }, {}),
    });
    expect(unpaid.status).toBe(402);
  },
);

it('one that was answered fails before its container works again, and a refusal has its words', async () => {
  const { timestamp } = await anvil.reader.getBlock();
  const body = await signedSubscription(coordinator, { nonce, expiry: Number(timestamp) + 600 }, { n: nonce });
  const { call, ended } = callsTo(node.urls);
  const handIn = async () => await ended((await call('POST', '/api/jobs', { body, key })).body.id, { key });
  expect(await handIn()).toMatchObject({ status: 'success' });
  const error = 'The node has brought its answer to the chain already';
  expect(await handIn()).toMatchObject({ status: 'failed', result: { container: 'box', error } });
  expect(given()).toHaveLength(1);

  nonce += 1;
  const refused = { error: expect.stringMatching(/^The chain did not take the answer: .*: IntervalCompleted$/) };
  expect(await subscribe({ redundancy: 0 })).toMatchObject({ status: 'failed', result: refused });
});

it('an answer that is in no block yet is waited for, also by the node that comes back, and no other is sent', async () => {
  const { timestamp } = await anvil.reader.getBlock();
  const now = Number(timestamp);
  const terms = { nonce, activeAt: now, expiry: now + 600, period: HOUR, frequency: 3 };
  const body = await signedSubscription(coordinator, terms, { n: nonce });
  const { address } = privateKeyToAccount(NODE_KEY);
  const sent = async () => await anvil.reader.getTransactionCount({ address, blockTag: 'pending' });
  const before = await sent();
  await anvil.mine(false);
  const { id } = (await callsTo(node.urls).call('POST', '/api/jobs', { body, key })).body;
  await expect.poll(sent, { timeout: 10_000 }).toBe(before + 1);
  await node.close();
  await start();
  const state = async () => (await network.call('GET', `/plexus/v1/jobs/${id}`, { key })).body;
  await expect.poll(state, { timeout: 10_000 }).toMatchObject({ state: 'running', attempts: [{}, {}] });
  await anvil.mine(true);
  expect(await callsTo(node.urls).ended(id, { key })).toMatchObject({ status: 'success' });
  expect([await sent(), await answers(1), given().length]).toEqual([before + 1, 1, 1]);
  await expect.poll(pending, { timeout: 10_000 }).toBe(1);
});

it("one that the original's client hands in is taken: a hash for containers, and numbers that JSON would round", async () => {
  const { timestamp } = await anvil.reader.getBlock();
  const terms = { nonce, expiry: Number(timestamp) + 600 };
  const { signature, subscription, data } = await signedSubscription(coordinator, terms, { n: nonce });
  const containers = keccak256(encodeAbiParameters([{ type: 'string' }], ['box']));
  const body = JSON.stringify({ signature, subscription: { ...subscription, containers }, data });
  const asNumbers = body.replaceAll(/"(0x[0-9a-f]{64})"(?=[,}])/g, (text, hex: string) =>
    hex === containers ? text : BigInt(hex).toString(),
  );
  expect(asNumbers).toMatch(/"r":\d{70,}/);
  const { call, ended } = callsTo(node.urls);
  const created = await call('POST', '/api/jobs', { body: asNumbers, key });
  expect(await ended(created.body.id, { key })).toMatchObject({ status: 'success', result: { container: 'box' } });
  expect([await answers(1), given().length]).toEqual([1, 1]);
});
