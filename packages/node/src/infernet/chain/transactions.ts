/** What becomes of transactions that were sent. */
import { setTimeout as sleep } from 'node:timers/promises';
import { orInterrupted } from '@plexus/runners';
import { type Hex, type PublicClient, TransactionNotFoundError } from 'viem';

/** Until a chain is asked whether it knows a transaction that is in no block yet. */
const CONFIRM_MS = 60_000;
/** How often in a row it does not, until the transaction is lost: some servers are behind the others. */
const UNKNOWN_UNTIL_LOST = 2;

export interface Transactions {
  /** Whether the chain knows a transaction, in a block or not; nothing where it does not say. */
  knows(hash: Hex): Promise<boolean | undefined>;
  /** Waits until one is in a block, as long as the chain knows it. @throws when it was reverted, or is lost */
  confirm(hash: Hex, signal: AbortSignal): Promise<void>;
}

type Reader = Pick<PublicClient, 'getTransaction' | 'waitForTransactionReceipt' | 'pollingInterval'>;

/** @param log told once of each that takes long: a wallet that offers too little for gas is stuck for good */
export function createTransactions(reader: Reader, log: (problem: unknown, text: string) => void): Transactions {
  async function knows(hash: Hex): Promise<boolean | undefined> {
    return await reader.getTransaction({ hash }).then(
      () => true,
      (error: unknown) => (error instanceof TransactionNotFoundError ? false : undefined),
    );
  }

  return {
    knows,

    async confirm(hash, signal) {
      let unknown = 0;
      for (let round = 1; unknown < UNKNOWN_UNTIL_LOST; round++) {
        const waiting = reader.waitForTransactionReceipt({ hash, timeout: CONFIRM_MS }).catch(() => undefined);
        const receipt = await orInterrupted(waiting, signal);
        if (receipt?.status === 'success') return;
        if (receipt) throw new Error(`The transaction ${hash} was reverted`);
        if (round === 1) log(new Error(`The transaction ${hash} is in no block yet`), 'An answer is waited for');
        const isKnown = await knows(hash);
        unknown = isKnown === false ? unknown + 1 : 0;
        if (isKnown === undefined) await sleep(reader.pollingInterval, undefined, { signal });
      }
      throw new Error(`The chain knows nothing of the transaction ${hash}`);
    },
  };
}
