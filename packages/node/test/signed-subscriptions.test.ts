import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { intervalAt } from '../src/infernet/chain/intervals.ts';
import { createSignedWatch } from '../src/infernet/chain/signed-watch.ts';
import {
  type KeptSubscription,
  openSubscriptionBook,
  type SubscriptionBook,
} from '../src/infernet/chain/subscription-book.ts';
import { createUnderWay } from '../src/infernet/chain/under-way.ts';
import { temporaryFolder } from './setup.ts';

const CONTRACT = { chainId: 31_337, address: '0x5FbDB2315678afecb367f032d93F642f64180aa3' } as const;
const OWNER = `0x${'1'.repeat(40)}`;
const [START, PERIOD] = [1000, 60];

function kept(id: number, frequency: number): KeptSubscription {
  const payment = { payment_amount: 0, payment_token: OWNER, wallet: OWNER };
  const subscription = { owner: OWNER, period: PERIOD, active_at: START, frequency, redundancy: 2, ...payment };
  return {
    id,
    signed: {
      signature: { nonce: id, expiry: 1, v: 27, r: '0x1', s: '0x2' },
      subscription: { ...subscription, containers: ['box'], lazy: false, verifier: OWNER },
    },
    containers: ['box'],
    data: '{"n":5}',
    done: 1,
  };
}

let home: string;
let book: SubscriptionBook;
let unwritten: unknown[];
const openBook = (contract: { readonly chainId: number; readonly address: `0x${string}` } = CONTRACT) =>
  openSubscriptionBook(home, contract, (problem) => unwritten.push(problem));
beforeEach(async () => {
  [home, unwritten] = [await temporaryFolder(), []];
  book = await openBook();
});

it('intervals begin with the subscription, and follow each other by its period', () => {
  const at = (time: number) => intervalAt({ activeAt: START, period: PERIOD }, time);
  expect([999, 1000, 1059, 1060, 1179, 1180].map(at)).toEqual([0, 1, 1, 2, 3, 4]);
  expect(intervalAt({ activeAt: START, period: 0 }, 1_000_000)).toBe(1);
});

describe('the book', () => {
  it('has after a restart what it had before, of its own contract', async () => {
    book.keep(kept(1, 3));
    book.keep(kept(2, 1));
    book.finish(1, 2);
    const again = await openBook();
    expect(again.list()).toEqual([{ ...kept(1, 3), done: 2 }]);
    again.finish(1, 3);
    expect((await openBook()).list()).toEqual([]);
    expect((await openBook({ ...CONTRACT, chainId: 1 })).list()).toEqual([]);
  });

  it('has room for so much', () => {
    const most = 'x'.repeat(16 * 1024 * 1024);
    const hasRoomFor = (id: number, frequency: number) => book.hasRoomFor(kept(id, frequency).signed, most);
    expect(hasRoomFor(2, 3)).toBe(true);
    book.keep(kept(1, 3));
    expect(hasRoomFor(2, 3)).toBe(false);
    // What is kept already, or never will be, needs none.
    expect([hasRoomFor(1, 3), hasRoomFor(2, 1)]).toEqual([true, true]);
  });

  it('goes on with what it has where the disk takes no change of it', async () => {
    await rm(home, { recursive: true });
    book.keep(kept(1, 3));
    book.finish(1, 2);
    expect([book.list(), unwritten.length]).toEqual([[{ ...kept(1, 3), done: 2 }], 2]);
  });

  it('that somebody else has written is not lost', async () => {
    book.keep(kept(1, 3));
    const [name = ''] = await readdir(home);
    await writeFile(join(home, name), '[{"id":1}]');
    await expect(openBook()).rejects.toThrow('does not hold subscriptions');
  });
});

const ON_CHAIN = { id: 7, owner: '0x1', period: PERIOD, frequency: 4, redundancy: 2, containerId: '0x' } as const;
const runs: unknown[] = [];
const logged: string[] = [];
let isFull: boolean;
let isAnswered: boolean;
let activeAt: number;
let failure: Error | undefined;
let now: number;

/** Looks at the chain at a time, which the block before has, too, where nothing else is said. */
function watching(): (time: number, agreed?: number) => Promise<void> {
  [runs.length, logged.length, isFull, isAnswered, failure, activeAt] = [0, 0, false, false, undefined, START];
  const underWay = createUnderWay(16);
  const watch = createSignedWatch({
    client: {
      subscription: async () => ({ ...ON_CHAIN, activeAt }),
      isAnswered: async () => isAnswered,
      isFull: async () => isFull,
    },
    book,
    async run(job) {
      runs.push(job);
      if (failure) throw failure;
      book.finish(7, intervalAt({ activeAt: START, period: PERIOD }, now));
    },
    signal: new AbortController().signal,
    underWay,
    log: (_problem, text) => void logged.push(text),
  });
  return async (time, agreed = time) => {
    now = time;
    watch.look({ time, agreed, number: 1n });
    await underWay.ended();
  };
}

describe('later intervals', () => {
  let look: ReturnType<typeof watching>;
  beforeEach(() => {
    look = watching();
  });

  it('are answered once each, with the signed data, until the last', async () => {
    book.keep(kept(7, 3));
    for (const time of [1059, 1060, 1061, 1120, 1121, 1180, 5000]) await look(time);
    const { signed } = kept(7, 3);
    expect(runs).toMatchObject([
      { signed, data: { n: 5 }, containers: ['box'], owner: OWNER },
      { signed, data: { n: 5 } },
    ]);
    expect(book.list()).toEqual([]);
  });

  it('that others or this node have answered are left, and those that passed are not caught up', async () => {
    book.keep(kept(7, 4));
    isFull = true;
    await look(1060);
    [isFull, isAnswered] = [false, true];
    await look(1120);
    expect([runs, book.list()]).toMatchObject([[], [{ done: 3 }]]);
    await look(1240);
    expect([runs, book.list()]).toEqual([[], []]);
  });

  it('of one that its owner has cancelled are not answered, and it is forgotten', async () => {
    book.keep(kept(7, 4));
    await look(1060);
    activeAt = 2 ** 32 - 1;
    await look(1120);
    expect([runs.length, book.list()]).toEqual([1, []]);
  });

  it('that fail three times are given up, and the next ones are not', async () => {
    book.keep(kept(7, 9));
    failure = new Error('no luck');
    for (const time of [1060, 1061, 1062, 1063]) await look(time);
    expect([runs.length, logged.length]).toEqual([3, 3]);
    expect(logged[0]).toBe('Interval 2 of the signed subscription 7 was not answered');
    failure = undefined;
    await look(1120);
    expect(runs).toHaveLength(4);
    expect(book.list()).toMatchObject([{ done: 3 }]);
  });
});

it('one block that is dated far ahead loses no subscription', async () => {
  const look = watching();
  book.keep(kept(7, 3));
  await look(50_000, 1061);
  expect([runs, book.list()]).toEqual([[], [kept(7, 3)]]);
  await look(1062, 1061);
  expect([runs.length, book.list()]).toMatchObject([1, [{ done: 2 }]]);
  await look(50_000);
  expect(book.list()).toEqual([]);
});
