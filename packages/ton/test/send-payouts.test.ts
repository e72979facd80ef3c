import { expect, it } from 'vitest';
import type { PayoutWallet } from '../src/payout-wallet.ts';
import { type PayoutBook, sendPayouts } from '../src/send-payouts.ts';
import type { TonChain } from '../src/ton-chain.ts';

const TO = `0:${'1'.repeat(64)}`;
const SHARE = { participantId: 1, wallet: TO, amount: 5n };
const MESSAGE = {
  participantIds: [1],
  from: `0:${'2'.repeat(64)}`,
  seqno: 3,
  validUntil: new Date(180_000),
  boc: 'boc',
  messageHash: 'hash',
};
const wallet = { rawAddress: MESSAGE.from } as PayoutWallet;

/** A plan with one message that the wallet has sent, at a server that has its transaction after some looks. */
function world(looks: number, now: Date) {
  const done: unknown[] = [];
  let isPaid = false;
  const book: PayoutBook = {
    read: async () => ({ id: 'p', shares: [SHARE], unpaid: [], ...(!isPaid && { pending: MESSAGE }) }),
    sign: async () => void done.push('signed'),
    expire: async () => void done.push('expired'),
    async confirm(_message, _found, paid) {
      isPaid = true;
      done.push(paid);
    },
  };
  let finds = 0;
  const chain: TonChain = {
    look: async () => ({ seqno: 4, balance: 0n, now }),
    send: async () => void done.push('sent'),
    async find() {
      finds += 1;
      return finds > looks ? { hash: 'h', at: now, sent: [{ to: TO, amount: 5n }] } : undefined;
    },
  };
  const deps = { book, chain, wallet, pause: async () => undefined, say: () => undefined };
  return { done, send: () => sendPayouts(deps) };
}

it('looks again where the server that has the number does not have the transaction yet', async () => {
  const { done, send } = world(2, new Date(10_000));
  await send();
  expect(done).toEqual([[1]]);
});

it('says that somebody else has used the wallet once its own message can be on its way no more', async () => {
  const { done, send } = world(1, new Date(241_000));
  await expect(send()).rejects.toThrow('look there before you go on');
  expect(done).toEqual([]);
});
