/** Payouts of a plan on a real TON virtual machine, with crashes where they would hurt most. */
import { createMemoryBooks, SILENT_FLEET } from '@plexus/testkit';
import { createPayoutPlanService, type PayoutPlan, unpaidShares } from '@plexus/core';
import {
  createToncenter,
  type PayoutBook,
  sendPayouts,
  type TonChain,
  walletOfSeed,
  walletOfWords,
  type WalletOnChain,
} from '@plexus/ton';
import { Address, Cell, loadMessage, toNano } from '@ton/core';
import { Blockchain } from '@ton/sandbox';
import { WalletContractV5R1 } from '@ton/ton';
import { keyPairFromSeed } from '@ton/crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Toncenter } from './support/toncenter.ts';

const SEED = Buffer.alloc(32, 7);
const OPERATOR = { accountId: 'o', keyId: 'o', role: 'operator', scopes: [], limited: false } as const;
const START = new Date('2025-01-15T10:00:00Z');
const END = new Date('2025-01-15T11:00:00Z');
const wallet = walletOfSeed(SEED, 'mainnet');

/** The books of a plan, over the real rules. */
function bookOf(books: ReturnType<typeof createMemoryBooks>, planId: string): PayoutBook {
  const plans = createPayoutPlanService({ books, live: SILENT_FLEET, clock: () => END, newId: () => 'unused' });
  const revision = async (): Promise<number> => (await plans.get(OPERATOR, planId)).revision;
  return {
    async read() {
      const plan = await plans.get(OPERATOR, planId);
      const pending = plan.messages.find(({ state }) => state === 'signed');
      return { id: plan.id, shares: plan.shares, unpaid: unpaidShares(plan), ...(pending && { pending }) };
    },
    sign: async (message) => void (await plans.sign(OPERATOR, planId, await revision(), message)),
    async confirm({ messageHash }, { hash, at }, paid) {
      const fate = {
        messageHash,
        state: 'confirmed',
        transactionHash: hash,
        transactionAt: at,
        paid,
        usdMicroPerTon: 3_500_000n,
      } as const;
      await plans.settle(OPERATOR, planId, await revision(), fate);
    },
    async expire({ messageHash }) {
      await plans.settle(OPERATOR, planId, await revision(), { messageHash, state: 'expired' });
    },
  };
}

let chain: Blockchain;
let api: Toncenter;
let url: string;
let ton: TonChain;
let books: ReturnType<typeof createMemoryBooks>;
let owners: readonly Address[];

beforeEach(async () => {
  chain = await Blockchain.create();
  chain.now = 1_740_000_000;
  api = new Toncenter(chain);
  url = await api.listen();
  ton = createToncenter({ url, wait: async () => undefined });
  books = createMemoryBooks();
  const bank = await chain.treasury('bank');
  await bank.send({ to: Address.parse(wallet.rawAddress), value: toNano('100'), bounce: false });
  owners = await Promise.all(
    ['a', 'b', 'c'].map(async (name) => (await chain.treasury(name, { balance: 0n })).address),
  );
  for (const [at, owner] of owners.entries()) {
    const participant = {
      wallet: owner.toString({ bounceable: false }),
      rawWallet: owner.toRawString(),
      isActive: true,
      isOperator: false,
      createdAt: START,
      updatedAt: START,
    };
    expect((await books.commit({ type: 'addParticipant', participant })).fleetId).toBe(at + 1);
  }
  const shares = owners.map((owner, at) => ({
    participantId: at + 1,
    wallet: owner.toString({ bounceable: false }),
    revenue: toNano(at + 1),
    carried: 0n,
    amount: toNano(at + 1),
    requests: 7,
  }));
  const rules = { shareBasisPoints: 10_000, minimum: 1n };
  const period = { periodStart: START, periodEnd: END };
  const plan: PayoutPlan = {
    id: 'p',
    revision: 1,
    state: 'planned',
    ...period,
    rules,
    shares,
    carried: [],
    messages: [],
    createdAt: END,
  };
  await books.commit({ type: 'keepPlan', plan, payouts: [] });
});

afterEach(() => api.close());

const received = async (): Promise<readonly bigint[]> =>
  await Promise.all(owners.map(async (owner) => (await chain.getContract(owner)).balance));

const send = (chainPort = ton, pause: () => Promise<void> = async () => undefined): Promise<void> =>
  sendPayouts({ book: bookOf(books, 'p'), chain: chainPort, wallet, pause, say: () => undefined });

/** What arrives pays its own storage and gas, a few thousandths at most. */
async function expectPaidOnce(): Promise<void> {
  const amounts = await received();
  for (const [at, amount] of amounts.entries()) {
    expect(amount, `participant ${at + 1}`).toBeGreaterThan(toNano(at + 1) - toNano('0.02'));
    expect(amount, `participant ${at + 1}`).toBeLessThanOrEqual(toNano(at + 1));
  }
  expect((await books.read.findPlan('p'))?.state).toBe('done');
  const payouts = await books.read.listPayouts({}, { limit: 9, offset: 0 });
  expect(
    payouts.map(({ participantId, amount }) => [participantId, amount]).toSorted(([a], [b]) => Number(a) - Number(b)),
  ).toEqual(owners.map((_, at) => [at + 1, toNano(at + 1)]));
  expect(payouts.every(({ isConfirmed }) => isConfirmed)).toBe(true);
  expect(payouts.find(({ participantId }) => participantId === 2)?.usdMicro).toBe(7_000_000n);
}

it('is the wallet that other programs make of the same key', () => {
  const { publicKey } = keyPairFromSeed(SEED);
  for (const network of ['mainnet', 'testnet'] as const) {
    const walletId = { networkGlobalId: network === 'mainnet' ? -239 : -3 };
    const theirs = WalletContractV5R1.create({ workchain: 0, publicKey, walletId });
    expect(walletOfSeed(SEED, network).rawAddress).toBe(theirs.address.toRawString());
  }
});

it('is of no words but those of a wallet: others lead to one that has nothing', async () => {
  await expect(
    walletOfWords(
      Array.from({ length: 24 }, () => 'taste'),
      'mainnet',
    ),
  ).rejects.toThrow('mistyped');
});

it('pays each participant at the right address, out of a wallet that its first message puts on chain', async () => {
  await send();
  await expectPaidOnce();
  const before = await received();
  await send();
  expect(await received()).toEqual(before);
  expect(api.sends).toBe(1);
});

it('pays once though it was killed between sending and knowing of it', async () => {
  api.carry = 'but the answer is lost';
  const killed = new Error('killed');
  const pause = async (): Promise<void> => {
    throw killed;
  };
  await expect(send(ton, pause)).rejects.toBe(killed);
  expect((await books.read.findPlan('p'))?.messages).toMatchObject([{ state: 'signed' }]);
  api.carry = 'normally';
  await send();
  await expectPaidOnce();
  expect(api.sends).toBe(1);
});

it('waits where the chain is asked too often, as without a key it is by the second call', async () => {
  api.isBusy = true;
  await send();
  await expectPaidOnce();
  expect(api.refused).toBeGreaterThan(2);
});

it('sends the same bytes again, and signs anew only when these are good no more', async () => {
  api.carry = 'lost';
  let looks = 0;
  const pause = async (): Promise<void> => {
    looks += 1;
    // Validity ends by the chain's clock: 180 s.
    chain.now = (chain.now ?? 0) + 100;
    if (looks === 2) api.carry = 'normally';
  };
  await send(ton, pause);
  await expectPaidOnce();
  const { messages = [] } = (await books.read.findPlan('p')) ?? {};
  expect(messages.map(({ state }) => state)).toEqual(['expired', 'confirmed']);
  expect(messages[0]?.boc).not.toBe(messages[1]?.boc);
});

it('takes no message for lost that came in a block just before its end, which is seen a moment later', async () => {
  let looks = 0;
  const late: TonChain = {
    ...ton,
    async look(address) {
      const state = await ton.look(address);
      looks += 1;
      // Sent after the second look.
      return looks === 3 ? { ...state, seqno: 0, now: new Date(state.now.getTime() + 181_000) } : state;
    },
  };
  await send(late);
  await expectPaidOnce();
  expect((await books.read.findPlan('p'))?.messages).toMatchObject([{ state: 'confirmed' }]);
});

it('reads number and clock of a wallet out of one answer, of one block', async () => {
  await send();
  let asked = 0;
  const counted: typeof fetch = (...request) => {
    asked += 1;
    return fetch(...request);
  };
  const { seqno, now } = await createToncenter({ url, fetch: counted }).look(wallet.rawAddress);
  expect([asked, seqno, now.getTime() / 1000]).toEqual([1, 1, chain.now]);
});

it('signs the next message once every server that it is asked at has seen the last one', async () => {
  const inner = bookOf(books, 'p');
  const book: PayoutBook = {
    ...inner,
    async read() {
      const plan = await inner.read();
      return { ...plan, unpaid: plan.unpaid.slice(0, 1) };
    },
  };
  let older: WalletOnChain | undefined;
  let newest: WalletOnChain | undefined;
  const changing: TonChain = {
    ...ton,
    async look(address) {
      const behind = older;
      older = undefined;
      if (behind) return behind;
      const state = await ton.look(address);
      if (newest && newest.seqno !== state.seqno) older = newest;
      return (newest = state);
    },
  };
  await sendPayouts({ book, chain: changing, wallet, pause: async () => undefined, say: () => undefined });
  expect((await books.read.findPlan('p'))?.messages.map(({ seqno }) => seqno)).toEqual([0, 1, 2]);
  await expectPaidOnce();
});

it.each([
  ['nothing', 'null'],
  ['no result', '{"ok":true}'],
  ['no balance', '{"ok":true,"result":{"sync_utime":1740000000}}'],
  ['no clock', '{"ok":true,"result":{"balance":"100000000000"}}'],
  ['half an answer', undefined],
])('says in words that the API answers with %s, and signs nothing', async (_, body) => {
  const answer = (): Response =>
    new Response(body ?? new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) }));
  const chainPort = createToncenter({ url, fetch: async () => answer() });
  const error = await send(chainPort).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'Error', message: expect.stringContaining("The chain's API") });
  expect((await books.read.findPlan('p'))?.messages).toEqual([]);
});

it('goes no further where somebody else has used the wallet', async () => {
  api.carry = 'lost';
  let pauses = 0;
  const pause = async (): Promise<void> => {
    pauses += 1;
    // It is waited until the message can be on its way no more.
    if (pauses > 1) return void (chain.now = (chain.now ?? 0) + 60);
    const other = wallet.sign({
      seqno: 0,
      validUntil: new Date(((chain.now ?? 0) + 60) * 1000),
      comment: 'other',
      transfers: [{ to: owners[0]?.toString() ?? '', amount: 1n }],
    });
    await chain.sendMessage(loadMessage(Cell.fromBase64(other.boc).beginParse()));
  };
  await expect(send(ton, pause)).rejects.toThrow('look there before you go on');
  expect((await books.read.findPlan('p'))?.messages).toMatchObject([{ state: 'signed' }]);
});

it('signs nothing that the wallet cannot pay', async () => {
  const poor = walletOfSeed(Buffer.alloc(32, 9), 'mainnet');
  const sending = sendPayouts({
    book: bookOf(books, 'p'),
    chain: ton,
    wallet: poor,
    pause: async () => undefined,
    say: () => undefined,
  });
  await expect(sending).rejects.toThrow('nothing was signed');
  expect((await books.read.findPlan('p'))?.messages).toEqual([]);
});
