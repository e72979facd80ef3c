import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RunJob } from '../src/infernet/chain/answering.ts';
import type { ChainSubscription } from '../src/infernet/chain/chain-client.ts';
import { containerHash } from '../src/infernet/chain/contract.ts';
import { createSeenBlocks } from '../src/infernet/chain/seen-blocks.ts';
import { openSubscriptionBook, type SubscriptionBook } from '../src/infernet/chain/subscription-book.ts';
import { watchChain } from '../src/infernet/chain/watcher.ts';
import { temporaryFolder } from './setup.ts';

const OWNER = `0x${'1'.repeat(40)}` as const;
const CONTRACT = { chainId: 31_337, address: OWNER } as const;
const CONTAINERS = ['slow', 'quick', 'other', 'cancelled'];

/** A chain whose blocks have one subscription each, by the container that it asks for. */
let blocks: { readonly hash: `0x${string}`; readonly container: string }[];
let delivered: string[];
let begun: string[];
let book: SubscriptionBook;
let stop: AbortController;
let watching: Promise<void>;
/** The containers' work, by their names; done at once where none is here. */
let works: Map<string, Promise<void>>;
/** Subscriptions that were read before. */
let read: Set<number>;
let pending: number;
/** What becomes of transactions that were sent, until they are in a block. */
let failures: Error[];
const TOO_LATE = new Error('It is in no block yet');

const container = (id: number) => blocks[id - 1]?.container ?? '';

const client = {
  head: async () => ({ lastId: blocks.length, time: 1000, number: BigInt(blocks.length), hash: hashAt(blocks.length) }),
  block: async (number: bigint) =>
    Number(number) > blocks.length ? undefined : { hash: hashAt(Number(number)), time: Number(number) },
  async subscription(id: number, at: bigint): Promise<ChainSubscription> {
    if (id > at) throw new Error('there is no such subscription yet');
    const activeAt = container(id) === 'cancelled' && read.has(id) ? 2 ** 32 - 1 : 0;
    read.add(id);
    const terms = { activeAt, period: 0, frequency: 1, redundancy: 1 };
    return { id, owner: OWNER, ...terms, containerId: containerHash([container(id)]) };
  },
  inputs: async () => '0x' as const,
  isAnswered: async () => false,
  isFull: async () => false,
  signedId: async () => 0,
  async send(id: number, _interval: number, { output }: { readonly output: `0x${string}` }) {
    delivered.push(`${id} ${Buffer.from(output.slice(2), 'hex').toString()}`);
    return `0x${id}` as const;
  },
  async confirm() {
    const failure = failures.shift();
    if (failure) throw failure;
  },
  sendSigned: async () => '0x' as const,
};

const hashAt = (number: number) => blocks[number - 1]?.hash ?? '0x0';

const run: RunJob = async ({ containers: [name = ''] }) => {
  begun.push(name);
  await works.get(name);
  return name;
};

beforeEach(async () => {
  [blocks, delivered, begun, works, read, failures, stop] = [
    [],
    [],
    [],
    new Map(),
    new Set(),
    [],
    new AbortController(),
  ];
  book = await openSubscriptionBook(await temporaryFolder(), CONTRACT, () => undefined);
  const offers = CONTAINERS.map((id) => ({ id, image: '', external: true, generates_proofs: false }));
  watching = watchChain({
    client: { ...CONTRACT, ...client },
    site: { containers: offers.map((offer) => ({ ...offer, timeout_seconds: 180, max_pending: 10 })) },
    book,
    run,
    pollMs: 1,
    signal: stop.signal,
    onPending: (count) => (pending = count),
    log: (problem) => {
      if (problem !== TOO_LATE) throw problem;
    },
  });
});

afterEach(async () => {
  stop.abort();
  await watching;
});

it('a container that does not answer holds up no other subscription', async () => {
  let end = (): void => undefined;
  works.set('slow', new Promise((resolve) => (end = resolve)));
  blocks.push({ hash: '0x1', container: 'slow' });
  await vi.waitFor(() => expect(begun).toEqual(['slow']));
  blocks.push({ hash: '0x2', container: 'quick' });
  await vi.waitFor(() => expect(delivered).toEqual(['2 "quick"']));
  end();
  await vi.waitFor(() => expect(delivered).toEqual(['2 "quick"', '1 "slow"']));
});

it('a transaction that is in no block in time is waited for again: nothing is made or sent twice', async () => {
  failures.push(TOO_LATE, TOO_LATE);
  blocks.push({ hash: '0x1', container: 'quick' });
  await vi.waitFor(() => expect([failures, pending]).toEqual([[], 0]));
  expect([begun, delivered]).toEqual([['quick'], ['1 "quick"']]);
});

it('no container works for a subscription that its owner has cancelled since it was read', async () => {
  blocks.push({ hash: '0x1', container: 'cancelled' });
  await vi.waitFor(() => expect(read.size).toBe(1));
  blocks.push({ hash: '0x2', container: 'quick' });
  await vi.waitFor(() => expect(delivered).toEqual(['2 "quick"']));
  expect([begun, pending]).toEqual([['quick'], 0]);
});

it('a chain that has begun anew, or gave up its newest blocks, is read again from there', async () => {
  blocks.push({ hash: '0x1', container: 'quick' }, { hash: '0x2', container: 'quick' });
  await vi.waitFor(() => expect(delivered).toHaveLength(2));
  blocks = [
    { hash: '0x3', container: 'other' },
    { hash: '0x4', container: 'other' },
  ];
  await vi.waitFor(() => expect(delivered.slice(2).toSorted()).toEqual(['1 "other"', '2 "other"']));
});

it('what the time is, two blocks have to say', async () => {
  const seen = createSeenBlocks(client);
  const note = (number: number, time: number) =>
    seen.note({ number: BigInt(number), hash: hashAt(number), lastId: 0, time });
  blocks.push({ hash: '0x1', container: '' }, { hash: '0x2', container: '' });
  expect([await note(2, 9999), await note(2, 9999)]).toEqual([1, 1]);
  blocks = [{ hash: '0x1', container: '' }];
  await seen.standing();
  blocks.push({ hash: '0x3', container: '' }, { hash: '0x4', container: '' });
  expect([await note(2, 112), await note(3, 9999), await note(3, 9999)]).toEqual([1, 112, 112]);
});
