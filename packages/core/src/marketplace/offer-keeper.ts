import type { Books } from '../books/books.ts';
import type { Timers } from '../jobs/live-job.ts';
import { type Repeating, startRepeating } from '../repeating.ts';

/** How often it is looked for offers whose time is over; they are refused from the first moment on. */
const SWEEP_MS = 5000;
/** Offers that are closed in one commit. */
const MAX_CLOSED = 500;

export interface OfferKeeperDeps {
  readonly books: Books;
  readonly timers: Timers;
  readonly clock: () => Date;
}

/** Closes offers whose time is over, so that readers of the feed are told and lists do not pass over them. */
export function startOfferKeeper({ books, timers, clock }: OfferKeeperDeps): Repeating {
  async function sweep(isStopped: () => boolean): Promise<void> {
    for (let found = MAX_CLOSED; found === MAX_CLOSED && !isStopped();) {
      const at = clock();
      const offerIds = await books.read.listExpiredOffers(at, MAX_CLOSED);
      found = offerIds.length;
      if (found > 0) await books.commit({ type: 'closeOffers', offerIds, at });
    }
  }

  return startRepeating(timers, SWEEP_MS, async (isStopped) => {
    // Books that cannot be reached now are asked again.
    await sweep(isStopped).catch(() => undefined);
    return SWEEP_MS;
  });
}
