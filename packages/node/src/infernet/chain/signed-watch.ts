import { MAX_TRIES, type RunJob } from './answering.ts';
import type { ChainClient, ChainHead } from './chain-client.ts';
import { dueAt, isCancelled, isOver, type Times } from './intervals.ts';
import type { KeptSubscription, SubscriptionBook } from './subscription-book.ts';
import type { UnderWay } from './under-way.ts';

export interface SignedWatchOptions {
  readonly client: Pick<ChainClient, 'subscription' | 'isAnswered' | 'isFull'>;
  readonly book: SubscriptionBook;
  /** Also brings the answer to the chain, as it does for whoever hands in the first one. */
  readonly run: RunJob;
  readonly signal: AbortSignal;
  readonly underWay: UnderWay;
  readonly log: (problem: unknown, text: string) => void;
}

/** Answers the intervals that follow the first one of signed subscriptions. */
export function createSignedWatch({ client, book, run, signal, underWay, log }: SignedWatchOptions) {
  /** How often the newest interval of each was tried in vain. */
  const tries = new Map<number, number>();

  function finish(id: number, interval: number): void {
    tries.delete(id);
    book.finish(id, interval);
  }

  async function answer(kept: KeptSubscription, interval: number, at: bigint): Promise<void> {
    const { id, signed, containers, data } = kept;
    const { owner, redundancy, active_at: activeAt, frequency } = signed.subscription;
    try {
      if (isCancelled(await client.subscription(id, at), { activeAt })) return finish(id, frequency);
      const isDone = (await client.isAnswered(id, interval)) || (await client.isFull(id, interval, redundancy));
      if (isDone) return finish(id, interval);
      // Whoever brings it to the chain notes for which interval that was.
      await run({ signed, containers, data: JSON.parse(data), owner, signal });
      tries.delete(id);
    } catch (error) {
      log(error, `Interval ${interval} of the signed subscription ${id} was not answered`);
      const count = (tries.get(id) ?? 0) + 1;
      tries.set(id, count);
      if (count >= MAX_TRIES) finish(id, interval);
    }
  }

  return {
    /**
     * Begins the answers that are due.
     *
     * @param head of the chain
     */
    look({ number, ...times }: Times & Pick<ChainHead, 'number'>): void {
      const due = book.list().flatMap((kept) => {
        const { active_at: activeAt, period, frequency } = kept.signed.subscription;
        const terms = { activeAt, period, frequency };
        if (isOver(terms, times)) finish(kept.id, frequency);
        const interval = dueAt(terms, times);
        return interval > kept.done && !underWay.has(kept.id) ? [{ kept, interval }] : [];
      });
      for (const { kept, interval } of due.slice(0, underWay.room())) {
        underWay.begin(kept.id, () => answer(kept, interval, number));
      }
    },
  };
}
