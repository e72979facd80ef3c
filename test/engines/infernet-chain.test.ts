/** Subscriptions on a real chain: found, answered by a node's containers, and delivered; those that are signed, too. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Hex, hexToString, parseAbi, zeroAddress } from 'viem';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Anvil, NODE_KEY, startAnvil } from '../support/anvil.ts';
import {
  createInfernetWorld,
  type InfernetWorld,
  startContainer,
  type TestContainer,
} from '../support/infernet-world.ts';
import { signedSubscription } from '../support/signed-subscription.ts';

const ABI = parseAbi([
  'function ask(string containers, bytes inputs) returns (uint32)',
  'function received() view returns (bytes)',
  'function outputs(uint32 id) view returns (bytes)',
  'function id() view returns (uint32)',
]);

let anvil: Anvil;
let endpoint: Server;
/** Whether the chain takes transactions, and who sends them is not told. */
let losesAnswers = false;
let coordinator: Hex;
let consumer: Hex;
let container: TestContainer;
let world: InfernetWorld;

beforeAll(async () => {
  anvil = await startAnvil();
  coordinator = await anvil.deploy('TestCoordinator');
  consumer = await anvil.deploy('TestConsumer', coordinator);
  endpoint = createServer(async (request, response) => {
    const body = await text(request);
    const answer = await fetch(anvil.rpcUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    if (losesAnswers && body.includes('eth_sendRawTransaction')) return void response.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  endpoint.listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  container = await startContainer((data, _response, { source }) => ({ source, got: data }));
  world = await createInfernetWorld({
    containers: [
      { id: 'box', url: container.url, allowed_ips: ['10.0.0.0/8'] },
      { id: 'private', url: container.url, allowed_addresses: [zeroAddress] },
    ],
    config: {
      chain: {
        enabled: true,
        rpc_url: `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`,
        registry_address: coordinator,
        wallet: { private_key: NODE_KEY, max_gas_limit: 2_000_000 },
        poll_seconds: 0.2,
      },
    },
  });
}, 60_000);

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await container[Symbol.asyncDispose]();
  endpoint.closeAllConnections();
  endpoint.close();
  anvil.close();
});

async function pending(): Promise<number> {
  return (await world.call('GET', '/info')).body.pending.onchain;
}

async function ask(containers: string, inputs: Hex): Promise<void> {
  const call = { address: consumer, abi: ABI, functionName: 'ask', args: [containers, inputs] } as const;
  await anvil.mined(await anvil.wallet.writeContract(call));
}

it('the node tells of the chain', async () => {
  const { chain } = (await world.call('GET', '/info')).body;
  expect(chain).toEqual({ enabled: true, address: expect.stringMatching(new RegExp(coordinator, 'i')) });
});

it('a subscription is answered, and its contract is given the answer', { timeout: 30_000 }, async () => {
  await ask('box', '0x1234');
  const received = () => anvil.reader.readContract({ address: consumer, abi: ABI, functionName: 'received' });
  await expect.poll(received, { timeout: 20_000 }).not.toBe('0x');
  expect(JSON.parse(hexToString(await received()))).toEqual({ source: 0, got: '0x1234' });
  expect(container.inputs.at(-1)).toMatchObject({ source: 0, destination: 0 });
  await expect.poll(pending, { timeout: 5000 }).toBe(0);
});

it('many that are due at once are all answered, by one answer each', { timeout: 30_000 }, async () => {
  const before = container.inputs.length;
  const call = { address: consumer, abi: ABI, functionName: 'ask', args: ['box', '0x5678'] } as const;
  for (let at = 0; at < 10; at++) await anvil.wallet.writeContract(call);
  const nextId = await anvil.reader.readContract({ address: coordinator, abi: ABI, functionName: 'id' });
  const answered = async (id: number) =>
    (await anvil.reader.readContract({ address: coordinator, abi: ABI, functionName: 'outputs', args: [id] })) !== '0x';
  const all = Array.from({ length: 10 }, (_, at) => nextId - 1 - at);
  await expect.poll(() => Promise.all(all.map(answered)), { timeout: 20_000 }).toEqual(all.map(() => true));
  expect(container.inputs.length - before).toBe(10);
});

it('one that the container does not work for stays pending, and is given up', { timeout: 30_000 }, async () => {
  await ask('private', '0x');
  await expect.poll(pending, { timeout: 10_000 }).toBe(1);
  await expect.poll(pending, { timeout: 10_000 }).toBe(0);
  await ask('unknown', '0x');
  expect(await pending()).toBe(0);
});

it('a signed one is run for whoever brings it, and brought to the chain', { timeout: 30_000 }, async () => {
  const body = await signedSubscription(coordinator, { nonce: 1 }, { n: 5 });
  const created = await world.call('POST', '/api/jobs', { body });
  expect(created.status, created.text).toBe(200);
  const output = { source: 1, got: { n: 5 } };
  expect(await world.ended(created.body.id)).toMatchObject({ status: 'success', result: { output } });
  const nextId = await anvil.reader.readContract({ address: coordinator, abi: ABI, functionName: 'id' });
  const args = [nextId - 1] as const;
  const delivered = await anvil.reader.readContract({ address: coordinator, abi: ABI, functionName: 'outputs', args });
  expect(JSON.parse(hexToString(delivered))).toEqual(output);
  const subscription = { ...body.subscription, owner: anvil.account.address };
  const forged = await world.call('POST', '/api/jobs', { body: { ...body, subscription } });
  expect([forged.status, forged.body.error]).toEqual([400, 'Signer does not match owner']);
});

it(
  'a signed one that the chain has taken is not failed where the answer to that was lost',
  { timeout: 30_000 },
  async () => {
    losesAnswers = true;
    const created = await world.call('POST', '/api/jobs', {
      body: await signedSubscription(coordinator, { nonce: 2 }, {}),
    });
    expect(await world.ended(created.body.id)).toMatchObject({ status: 'success' });
    losesAnswers = false;
  },
);
