import type { Books } from '../books/books.ts';
import type { StopTimer, Timers } from '../jobs/live-job.ts';

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
export interface OfferKeeper {
  stop(): Promise<void>;
}

export function startOfferKeeper({ books, timers, clock }: OfferKeeperDeps): OfferKeeper {
  let isStopped = false;
  let stopTimer: StopTimer = () => undefined;
  let sweeping: Promise<void> = Promise.resolve();

  async function sweep(): Promise<void> {
    for (let found = MAX_CLOSED; found === MAX_CLOSED && !isStopped;) {
      const at = clock();
      const offerIds = await books.read.listExpiredOffers(at, MAX_CLOSED);
      found = offerIds.length;
      if (found > 0) await books.commit({ type: 'closeOffers', offerIds, at });
    }
  }

  function next(): void {
    if (isStopped) return;
    stopTimer = timers.after(SWEEP_MS, () => {
      // Books that cannot be reached now are asked again.
      sweeping = sweep()
        .catch(() => undefined)
        .finally(next);
    });
  }

  next();
  return {
    async stop() {
      isStopped = true;
      stopTimer();
      await sweeping;
    },
  };
}
