import { type Acceptance, type BooksReader, type Offer, offerStateAt } from '@plexus/core';
import { compare } from './paging.ts';

/** What miners offer, and which jobs were given to them. */
export interface Market {
  readonly offers: Map<string, Offer>;
  readonly acceptances: Map<string, Acceptance>;
}

type Reads<M extends keyof BooksReader> = Pick<BooksReader, M>;

export function offerReads({
  offers,
  acceptances,
}: Market): Reads<'findOffer' | 'listOffers' | 'countOffers' | 'listExpiredOffers' | 'findAcceptance'> {
  const active = () => [...offers.values()].filter(({ state }) => state === 'active');
  return {
    findOffer: async (id) => offers.get(id),
    async listOffers({ jobType, maxPrice }, now, limit) {
      const found = active().filter(
        (offer) =>
          offerStateAt(offer, now) === 'active' &&
          (jobType ?? offer.jobType) === offer.jobType &&
          offer.price <= (maxPrice ?? offer.price),
      );
      const cheapest = (a: Offer, b: Offer): number => Number(a.price - b.price) || compare(a.id, b.id);
      return found.toSorted(cheapest).slice(0, limit);
    },
    countOffers: async (nodeId) => active().filter((offer) => offer.nodeId === nodeId).length,
    async listExpiredOffers(now, limit) {
      const over = active().filter((offer) => offerStateAt(offer, now) === 'expired');
      const byEnd = over.toSorted((a, b) => a.expiresAt.getTime() - b.expiresAt.getTime());
      return byEnd.slice(0, limit).map(({ id }) => id);
    },
    findAcceptance: async (jobId) => acceptances.get(jobId),
  };
}
