import { RunError, type RunContext, type Runner } from '@plexus/runners';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openSentAnswers } from '../src/infernet/chain/sent-answers.ts';
import { createSignedAnswers } from '../src/infernet/chain/signed-answers.ts';
import { openSubscriptionBook, type SubscriptionBook } from '../src/infernet/chain/subscription-book.ts';
import { temporaryFolder } from './setup.ts';

const OWNER = `0x${'1'.repeat(40)}` as const;
const CONTRACT = { chainId: 31_337, address: OWNER } as const;
const HASH = `0x${'a'.repeat(64)}` as const;
const PAYMENT = { payment_amount: 0, payment_token: OWNER, wallet: OWNER };
const TERMS = { owner: OWNER, period: 60, active_at: 1000, frequency: 3, redundancy: 1, lazy: false, verifier: OWNER };
const CHAIN = {
  signature: { nonce: 1, expiry: 1, v: 27, r: '0x1', s: '0x2' },
  subscription: { ...TERMS, ...PAYMENT, containers: ['box'] },
};

let home: string;
let book: SubscriptionBook;
let stop: AbortController;
let logged: string[];
let worked: number;
let sends: number;
let refusal: Error | undefined;
/** The chain takes what it was sent, or does not. */
let take: (error?: Error) => void;

const log = (_problem: unknown, text: string): void => void logged.push(text);

const runner: Runner = {
  service: 'container',
  concurrency: 10,
  models: [],
  languages: [],
  features: [],
  async run() {
    worked += 1;
    return { output: '[{"container":"box","output":{"n":1}}]', units: 1, metadata: {} };
  },
  close: async () => undefined,
};

/** A node's part, as it is after its start. */
async function start(): Promise<Runner> {
  book = await openSubscriptionBook(home, CONTRACT, log);
  const sent = await openSentAnswers(home, CONTRACT, log);
  stop = new AbortController();
  const taken = new Promise<void>((resolve, reject) => {
    take = (error) => (error ? reject(error) : resolve());
    stop.signal.addEventListener('abort', () => reject(new Error('stopped')));
  });
  taken.catch(() => undefined);
  const client = {
    head: async () => ({ lastId: 0, time: 1010, number: 1n, hash: HASH }),
    signedId: async () => 7,
    subscription: async () => ({ activeAt: 1000 }) as never,
    isAnswered: async () => false,
    async sendSigned(_signed: unknown, _interval: number, { onSigned }: { onSigned: (hash: typeof HASH) => void }) {
      onSigned(HASH);
      if (refusal) throw refusal;
      sends += 1;
      return HASH;
    },
    confirm: () => taken,
  };
  const site = { containers: [] };
  const deliveryOf = () => ({ input: '0x', output: '0x', proof: '0x' }) as const;
  return createSignedAnswers({ client, site, book, sent, deliveryOf, signal: stop.signal, log }).delivering(runner);
}

function run(delivering: Runner, { content = '{}', signal = new AbortController().signal } = {}) {
  const context: RunContext = { signal, progress: () => undefined, chunk: () => undefined, files: undefined };
  return delivering.run({ content, params: { containers: ['box'], chain: CHAIN } }, context);
}

beforeEach(async () => {
  [home, logged, worked, sends, refusal] = [await temporaryFolder(), [], 0, 0, undefined];
});
afterEach(() => stop.abort());

it('a job that runs out of time loses neither its answer nor the later ones, and the next one sends no other', async () => {
  const node = await start();
  const late = new AbortController();
  const first = run(node, { signal: late.signal });
  await vi.waitFor(() => expect(sends).toBe(1));
  late.abort(new DOMException('The time for the task ran out', 'TimeoutError'));
  await expect(first).rejects.toThrow('The time for the task ran out');
  const other = await run(node, { content: '{"other":1}' }).catch(({ code }: RunError) => code);
  expect(other).toBe('INVALID_INPUT');
  const again = run(node);
  take();
  expect((await again).metadata).toEqual({ transaction: HASH });
  expect([worked, sends, book.list()]).toMatchObject([1, 1, [{ id: 7, data: '{}', done: 1 }]]);
});

it('an answer that is on its way when the node ends is followed by the next one', async () => {
  const before = run(await start());
  await vi.waitFor(() => expect(sends).toBe(1));
  stop.abort();
  await expect(before).rejects.toThrow();
  const node = await start();
  const again = run(node);
  take();
  expect((await again).output).toContain('"n":1');
  expect([worked, sends, book.list().length, logged]).toEqual([1, 1, 1, []]);
  // It is over: whoever asks now is no part of it.
  stop.abort();
  run(await start()).catch(() => undefined);
  await vi.waitFor(() => expect(sends).toBe(2));
});

it('what could not be sent, or was reverted, is forgotten', async () => {
  const node = await start();
  refusal = new Error('no gas');
  await expect(run(node)).rejects.toThrow('The chain did not take the answer: no gas');
  refusal = undefined;
  const reverted = run(node);
  await vi.waitFor(() => expect(sends).toBe(1));
  take(new Error('reverted'));
  await expect(reverted).rejects.toThrow('The chain did not take the answer: reverted');
  expect([(await openSentAnswers(home, CONTRACT, log)).list(), book.list()]).toEqual([[], []]);
});
