/** Subscriptions on a real chain: found, answered by a node's containers, and delivered; those that are signed, too. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { SUBSCRIPTION_DOMAIN, SUBSCRIPTION_TYPES } from '@plexus/protocol';
import {
  createPublicClient,
  createWalletClient,
  encodeAbiParameters,
  type Hex,
  hexToString,
  http,
  keccak256,
  parseAbi,
  parseSignature,
  zeroAddress,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createInfernetWorld,
  type InfernetWorld,
  startContainer,
  type TestContainer,
} from '../support/infernet-world.ts';

/** Anvil's own first accounts. */
const OPERATOR = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const NODE = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d';
const owner = privateKeyToAccount('0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a');

const ABI = parseAbi([
  'constructor(address)',
  'function ask(string containers, bytes inputs) returns (uint32)',
  'function received() view returns (bytes)',
  'function outputs(uint32 id) view returns (bytes)',
  'function id() view returns (uint32)',
]);
const ARTIFACT = new URL('../support/contracts/infernet.json', import.meta.url);
const { contracts } = JSON.parse(readFileSync(ARTIFACT, 'utf8')) as {
  contracts: Record<'TestCoordinator' | 'TestConsumer', { bytecode: Hex }>;
};

let anvil: ChildProcess;
let rpcUrl: string;
let coordinator: Hex;
let consumer: Hex;
let container: TestContainer;
let world: InfernetWorld;

const sub = {
  owner: owner.address,
  activeAt: 0,
  period: 0,
  frequency: 1,
  redundancy: 1,
  containerId: keccak256(encodeAbiParameters([{ type: 'string' }], ['box'])),
  lazy: false,
  verifier: zeroAddress,
  paymentAmount: 0n,
  paymentToken: zeroAddress,
  wallet: zeroAddress,
};

const account = privateKeyToAccount(OPERATOR);
const reader = () => createPublicClient({ chain: foundry, transport: http(rpcUrl) });
const wallet = () => createWalletClient({ account, chain: foundry, transport: http(rpcUrl) });

async function startAnvil(): Promise<void> {
  const bin = createRequire(import.meta.url).resolve('@foundry-rs/anvil/bin.mjs');
  // In a group of its own: what is spawned is only the parent of the program.
  anvil = spawn(process.execPath, [bin, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  if (!anvil.stdout) throw new Error('anvil says nothing');
  for await (const line of createInterface(anvil.stdout)) {
    const [, address] = /Listening on (127\.0\.0\.1:\d+)/.exec(line) ?? [];
    if (address === undefined) continue;
    rpcUrl = `http://${address}`;
    anvil.stdout.resume();
    return;
  }
}

async function deploy(name: keyof typeof contracts, args: readonly [Hex] | undefined): Promise<Hex> {
  const { bytecode } = contracts[name];
  const hash = args
    ? await wallet().deployContract({ abi: ABI, bytecode, args })
    : await wallet().deployContract({ abi: [], bytecode });
  const { contractAddress } = await reader().waitForTransactionReceipt({ hash });
  return contractAddress ?? '0x';
}

beforeAll(async () => {
  await startAnvil();
  coordinator = await deploy('TestCoordinator', undefined);
  consumer = await deploy('TestConsumer', [coordinator]);
  container = await startContainer((data, _response, { source }) => ({ source, got: data }));
  world = await createInfernetWorld({
    containers: [
      { id: 'box', url: container.url, allowed_ips: ['10.0.0.0/8'] },
      { id: 'private', url: container.url, allowed_addresses: [zeroAddress] },
    ],
    config: {
      chain: {
        enabled: true,
        rpc_url: rpcUrl,
        registry_address: coordinator,
        wallet: { private_key: NODE, max_gas_limit: 2_000_000 },
        poll_seconds: 0.2,
      },
    },
  });
}, 60_000);

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await container[Symbol.asyncDispose]();
  if (anvil.pid !== undefined) process.kill(-anvil.pid, 'SIGKILL');
});

async function pending(): Promise<number> {
  return (await world.call('GET', '/info')).body.pending.onchain;
}

async function ask(containers: string, inputs: Hex): Promise<void> {
  const call = { address: consumer, abi: ABI, functionName: 'ask', args: [containers, inputs] } as const;
  await reader().waitForTransactionReceipt({ hash: await wallet().writeContract(call) });
}

it('the node tells of the chain', async () => {
  const { chain } = (await world.call('GET', '/info')).body;
  expect(chain).toEqual({ enabled: true, address: expect.stringMatching(new RegExp(coordinator, 'i')) });
});

it('a subscription is answered, and its contract is given the answer', { timeout: 30_000 }, async () => {
  await ask('box', '0x1234');
  const received = () => reader().readContract({ address: consumer, abi: ABI, functionName: 'received' });
  await expect.poll(received, { timeout: 20_000 }).not.toBe('0x');
  expect(JSON.parse(hexToString(await received()))).toEqual({ source: 0, got: '0x1234' });
  expect(container.inputs.at(-1)).toMatchObject({ source: 0, destination: 0 });
  await expect.poll(pending, { timeout: 5000 }).toBe(0);
});

it('one that the container does not work for stays pending, and is given up', { timeout: 30_000 }, async () => {
  await ask('private', '0x');
  await expect.poll(pending, { timeout: 10_000 }).toBe(1);
  await expect.poll(pending, { timeout: 10_000 }).toBe(0);
  await ask('unknown', '0x');
  expect(await pending()).toBe(0);
});

it('a signed one is run for whoever brings it, and brought to the chain', { timeout: 30_000 }, async () => {
  const expiry = Math.floor(Date.now() / 1000) + 600;
  const text = await owner.signTypedData({
    domain: { ...SUBSCRIPTION_DOMAIN, chainId: foundry.id, verifyingContract: coordinator },
    types: SUBSCRIPTION_TYPES,
    primaryType: 'DelegateSubscription',
    message: { nonce: 1, expiry, sub },
  });
  const { r, s, yParity } = parseSignature(text);
  const body = {
    signature: { nonce: 1, expiry, v: 27 + yParity, r, s },
    subscription: {
      owner: owner.address,
      active_at: 0,
      period: 0,
      frequency: 1,
      redundancy: 1,
      lazy: false,
      verifier: zeroAddress,
      containers: ['box'],
      payment_amount: 0,
      payment_token: zeroAddress,
      wallet: zeroAddress,
    },
    data: { n: 5 },
  };
  const created = await world.call('POST', '/api/jobs', { body });
  expect(created.status, created.text).toBe(200);
  const output = { source: 1, got: { n: 5 } };
  expect(await world.ended(created.body.id)).toMatchObject({ status: 'success', result: { output } });
  const id = await reader().readContract({ address: coordinator, abi: ABI, functionName: 'id' });
  const args = [id] as const;
  const delivered = await reader().readContract({ address: coordinator, abi: ABI, functionName: 'outputs', args });
  expect(JSON.parse(hexToString(delivered))).toEqual(output);
  const subscription = { ...body.subscription, owner: account.address };
  const forged = await world.call('POST', '/api/jobs', { body: { ...body, subscription } });
  expect([forged.status, forged.body.error]).toEqual([400, 'Signer does not match owner']);
});
