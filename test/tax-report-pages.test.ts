/** A report of many payouts is read in pages; what is recorded in between puts none of them into it twice. */
import { createPayoutService, type Payout } from '@plexus/core';
import { createMemoryBooks, SILENT_FLEET } from '@plexus/testkit';
import { expect, it } from 'vitest';

const OPERATOR = { accountId: 'o', keyId: 'o', role: 'operator', scopes: ['read'], limited: false } as const;
const AT = new Date('2025-01-15T10:30:00Z');
const PAYOUTS = 1500;

it('has each payout once though others are recorded while it is made', async () => {
  const books = createMemoryBooks();
  const times = { createdAt: AT, updatedAt: AT };
  const owner = { wallet: 'W', rawWallet: '0:1', isActive: true, isOperator: false, ...times };
  await books.commit({ type: 'addParticipant', participant: owner });
  const record = (transactionHash: string) =>
    books.commit({
      type: 'addPayout',
      payout: {
        participantId: 1,
        transactionHash,
        amount: 1n,
        fromAddress: 'a',
        toAddress: 'b',
        isUnverified: true,
        transactionAt: AT,
        isConfirmed: false,
        confirmations: 0,
        createdAt: AT,
      },
    });
  for (let number = 1; number <= PAYOUTS; number++) await record(`t${number}`);
  const listPayouts: typeof books.read.listPayouts = async (...asked) => {
    const page = await books.read.listPayouts(...asked);
    await record(`meanwhile ${asked[1].offset}`);
    return page;
  };
  const read = { ...books.read, listPayouts };
  const payouts = createPayoutService({
    books: { ...books, read },
    clock: () => AT,
    rawAddress: () => undefined,
    live: SILENT_FLEET,
  });
  const report = await payouts.report(OPERATOR, { participantId: 1 });
  const hashes = report.map(({ payout }: { payout: Payout }) => payout.transactionHash);
  expect(hashes).toEqual(Array.from({ length: PAYOUTS }, (_, at) => `t${at + 1}`));
});
