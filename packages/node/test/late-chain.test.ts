import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { type RunContext, type Runner, type RunRequest } from '@plexus/runners';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ChainClient, openChain } from '../src/infernet/chain/chain-client.ts';
import { ChainUnreachable } from '../src/infernet/chain/chain-unreachable.ts';
import { openLateChain } from '../src/infernet/chain/late-chain.ts';
import type { NodeChain } from '../src/infernet/chain/node-chain.ts';
import { problemWords } from '../src/infernet/chain/problem-words.ts';

const OFFER = { chain_id: 1, address: '0x1', pending: 0 } as const;
const unreachable = new ChainUnreachable(new Error('connect ECONNREFUSED'));
const OWNER = `0x${'1'.repeat(40)}`;
const SIGNED = {
  signature: { nonce: 1, expiry: 1, v: 27, r: '0x1', s: '0x2' },
  subscription: {
    owner: OWNER,
    active_at: 0,
    period: 0,
    frequency: 1,
    redundancy: 1,
    containers: ['box'],
    lazy: false,
    verifier: OWNER,
    payment_amount: 0,
    payment_token: OWNER,
    wallet: OWNER,
  },
};
const RUNNER: Runner = {
  service: 'container',
  concurrency: 1,
  models: [],
  languages: [],
  run: async () => ({ output: 'run', units: 0, metadata: {} }),
  close: async () => undefined,
};
const run = () => Promise.reject(new Error('there is no job'));

function fakeChain() {
  const calls: string[] = [];
  const chain: NodeChain = {
    offer: () => OFFER,
    delivering: (runner) => ({ ...runner, run: async () => ({ output: 'delivered', units: 0, metadata: {} }) }),
    start: () => void calls.push('start'),
    close: async () => void calls.push('close'),
  };
  return { chain, calls };
}

/** A chain whose openings fail as these say, and then succeed. */
async function world(...failures: readonly Error[]) {
  const { chain, calls } = fakeChain();
  const said: string[] = [];
  const left = [...failures];
  const state = { opened: 0 };
  const late = await openLateChain({
    async open() {
      state.opened += 1;
      const failure = left.shift();
      if (failure) throw failure;
      return chain;
    },
    log: (_problem, text) => said.push(text),
    onProgress: (text) => said.push(text),
    backoff: () => 1,
  });
  onTestFinished(async () => await late?.close());
  return { late, chain, calls, said, state };
}

describe('a chain', () => {
  it('that is reached is handed on as it is', async () => {
    const { late, chain, said } = await world();
    expect([late, said]).toEqual([chain, []]);
  });

  it('that cannot be reached is tried again until it can, started, and told of', async () => {
    const { late, calls, said } = await world(unreachable, unreachable, unreachable);
    expect(late?.offer()).toBeUndefined();
    const told: unknown[] = [];
    late?.start(run, () => told.push(late.offer()));
    await expect.poll(() => told).toEqual([OFFER]);
    expect(calls).toEqual(['start']);
    expect(said).toEqual([
      'The chain is not served yet: it is tried again until it can be reached',
      'The chain is reached and served',
    ]);
    await late?.close();
    expect(calls).toEqual(['start', 'close']);
  });

  it('that is wrong for good is not tried again, at once or later', async () => {
    const wrong = new Error('no registry');
    const text = 'The chain is not served until the node is started again';
    const first = await world(wrong);
    expect([first.late, first.said]).toEqual([undefined, [text]]);
    const second = await world(unreachable, wrong);
    await expect.poll(() => second.said.at(-1)).toBe(text);
    expect([second.state.opened, second.late?.offer()]).toEqual([2, undefined]);
  });

  it('is not tried any more when the node is closed', async () => {
    const opened: number[] = [];
    const late = await openLateChain({
      async open() {
        opened.push(opened.length);
        throw unreachable;
      },
      log: () => undefined,
      onProgress: () => undefined,
      backoff: () => 60_000,
    });
    await late?.close();
    await setImmediate();
    expect(opened).toEqual([0]);
  });
});

it('a chain that does not answer keeps the node waiting for a moment only, and is served when it does', async () => {
  const { chain, calls } = fakeChain();
  let answer: (chain: NodeChain) => void = () => undefined;
  const said: string[] = [];
  const late = await openLateChain({
    open: () => new Promise((resolve) => (answer = resolve)),
    log: (_problem, text) => said.push(text),
    onProgress: (text) => said.push(text),
    patienceMs: 1,
  });
  onTestFinished(async () => await late?.close());
  expect(late?.offer()).toBeUndefined();
  late?.start(run, () => undefined);
  answer(chain);
  await expect.poll(() => late?.offer()).toEqual(OFFER);
  expect([calls, said.length]).toEqual([['start'], 2]);
});

it('a node without its chain runs what needs none, and refuses signed subscriptions', async () => {
  const { chain } = fakeChain();
  let reach: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  let isFirst = true;
  const late = await openLateChain({
    async open() {
      if (isFirst) {
        isFirst = false;
        throw unreachable;
      }
      await reached;
      return chain;
    },
    log: () => undefined,
    onProgress: () => undefined,
    backoff: () => 1,
  });
  onTestFinished(async () => await late?.close());
  const delivering = late?.delivering(RUNNER) ?? RUNNER;
  const ask = (params: RunRequest['params']) => delivering.run({ content: '{}', params }, {} as RunContext);
  expect((await ask({})).output).toBe('run');
  await expect(ask({ chain: SIGNED })).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  reach();
  await expect.poll(() => late?.offer()).toEqual(OFFER);
  expect((await ask({ chain: SIGNED })).output).toBe('delivered');
});

const REGISTRY = `0x${'2'.repeat(40)}` as const;
const COORDINATOR = `0x${'3'.repeat(40)}`;
const KEY = `0x${'4'.repeat(64)}` as const;
const CHAIN_ID = { result: '0x7a69' };

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

type Answers = Readonly<Record<string, object | ((params: readonly unknown[]) => object)>>;

/** What becomes of opening a chain whose endpoint answers so, by method; anything else with HTTP 503. */
async function opened(answers: Answers, privateKey: `0x${string}` = KEY): Promise<unknown> {
  const server = createServer(async (request, response) => {
    const { id, method, params } = (await json(request)) as Call;
    const told = answers[method];
    const answer = typeof told === 'function' ? told(params) : told;
    response.writeHead(answer ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const rpcUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = { rpcUrl, registryAddress: REGISTRY, privateKey };
  return await openChain(settings, () => undefined).catch((error: unknown) => error);
}

describe('an endpoint of a chain', () => {
  it.each([
    ['is not up', {}],
    ['answers something else', { eth_chainId: {} }],
    ['is up, but not for calls', { eth_chainId: CHAIN_ID }],
    [
      'refuses calls for now',
      { eth_chainId: CHAIN_ID, eth_call: { error: { code: -32_000, message: 'header not found' } } },
    ],
  ])('that %s may be asked again', async (_name, answers) => {
    expect(await opened(answers)).toBeInstanceOf(ChainUnreachable);
  });

  it.each([
    ['has nothing at the address', { eth_chainId: CHAIN_ID, eth_call: { result: '0x' } }],
    [
      'has another contract there',
      { eth_chainId: CHAIN_ID, eth_call: { error: { code: 3, message: 'execution reverted' } } },
    ],
    [
      'says so in other words',
      { eth_chainId: CHAIN_ID, eth_call: { error: { code: -32_000, message: 'execution reverted' } } },
    ],
  ])('that %s is wrong for good', async (_name, answers) => {
    const failure = await opened(answers);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(ChainUnreachable);
  });

  it('is not named in what is said of it, as its address may have a key in it', async () => {
    const refusal = { eth_chainId: { error: { code: -32_005, message: 'limit exceeded' } } };
    const words = [problemWords(await opened({})), problemWords(await opened(refusal))];
    expect(words).toEqual([
      expect.stringMatching(/^The chain cannot be reached: HTTP request failed: /),
      'The chain cannot be reached: Request exceeds defined limit: limit exceeded',
    ]);
    expect(words.join(' ')).not.toContain('127.0.0.1');
  });

  it('that is not up does not hide that the key is none', async () => {
    expect(await opened({}, `0x${'0'.repeat(64)}`)).not.toBeInstanceOf(ChainUnreachable);
  });

  it('that has the registry is served', async () => {
    const result = `0x${COORDINATOR.slice(2).padStart(64, '0')}`;
    const client = await opened({ eth_chainId: CHAIN_ID, eth_call: { result } });
    expect(client).toMatchObject({ chainId: 31_337, address: COORDINATOR });
  });
});

it('subscriptions are read at the block that was looked at, so that a server which is behind does not answer with nothing', async () => {
  const word = (number: number) => number.toString(16).padStart(64, '0');
  const asked: unknown[] = [];
  const client = await opened({
    eth_chainId: CHAIN_ID,
    eth_getBlockByNumber: { result: { number: '0x5', timestamp: '0x9', hash: `0x${word(5)}`, transactions: [] } },
    eth_call: ([, block]) => {
      asked.push(block);
      return { result: `0x${word(1).repeat(11)}` };
    },
  });
  if (!isClient(client)) throw client;
  expect(await client.head()).toMatchObject({ lastId: 0, number: 5n, time: 9 });
  expect(await client.subscription(1, 5n)).toMatchObject({ activeAt: 1 });
  expect(asked.slice(1)).toEqual(['0x5', '0x5']);
});

it('an owner whose contract has no inputs gives none, as in the original; one that cannot be asked is asked again', async () => {
  const inputsWhere = async (error: object) => {
    const registry = { result: `0x${COORDINATOR.slice(2).padStart(64, '0')}` };
    let calls = 0;
    const client = await opened({
      eth_chainId: CHAIN_ID,
      eth_getCode: { result: '0x60' },
      eth_call: () => (calls++ === 0 ? registry : { error }),
    });
    if (!isClient(client)) throw client;
    const terms = { activeAt: 0, period: 0, frequency: 1, redundancy: 1, containerId: '0x' } as const;
    return await client.inputs({ id: 1, owner: `0x${COORDINATOR.slice(2)}`, ...terms }, 1);
  };
  expect(await inputsWhere({ code: 3, message: 'execution reverted' })).toBe('0x');
  await expect(inputsWhere({ code: -32_000, message: 'header not found' })).rejects.toThrow();
});

function isClient(value: unknown): value is ChainClient {
  return !(value instanceof Error);
}
