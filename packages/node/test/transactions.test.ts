import { TransactionNotFoundError } from 'viem';
import { expect, it } from 'vitest';
import { createTransactions } from '../src/infernet/chain/transactions.ts';

const HASH = '0x1';
const LOST = 'The chain knows nothing of the transaction 0x1';
const told: unknown[] = [];
type Word = 'in no block' | 'unknown' | 'out of reach' | 'success' | 'reverted';

/** Waits for a transaction of which a chain says one thing after the other. */
async function confirm(words: Word[], signal = new AbortController().signal): Promise<void> {
  let word: Word | undefined;
  const reader = {
    pollingInterval: 1,
    async waitForTransactionReceipt() {
      word = words.shift();
      if (word === 'success' || word === 'reverted') return { status: word };
      throw new Error('Timed out');
    },
    async getTransaction() {
      if (word === 'unknown') throw new TransactionNotFoundError({ hash: HASH });
      if (word === 'out of reach') throw new Error('no answer');
      return {};
    },
  };
  await createTransactions(reader as never, (problem) => void told.push(problem)).confirm(HASH, signal);
}

it('one that is in no block is waited for as long as the chain knows it, or does not answer', async () => {
  const words: Word[] = ['in no block', 'unknown', 'in no block', 'out of reach', 'unknown', 'out of reach', 'success'];
  await confirm(words);
  expect(words).toEqual([]);
  expect(told).toEqual([new Error('The transaction 0x1 is in no block yet')]);
});

it('one that was reverted, or that the chain knows nothing of, is no longer', async () => {
  await expect(confirm(['in no block', 'reverted'])).rejects.toThrow('The transaction 0x1 was reverted');
  await expect(confirm(['in no block', 'unknown', 'unknown'])).rejects.toThrow(LOST);
});

it('nobody waits any more once the node stops', async () => {
  await expect(confirm([], AbortSignal.abort())).rejects.toThrow('cancelled');
});
