import { type Caller, requireScope } from '../accounts/caller.ts';
import type { OfferQuery } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import type { Job } from '../jobs/job.ts';
import { emptyScore } from '../nodes/node-record.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import { reputationOf } from '../nodes/reputation.ts';
import type { AcceptOffer } from './accept-offer.ts';
import { createOfferMaker, type NewOffer, type OfferMakerDeps } from './make-offer.ts';
import { requireMiner } from './miner-choice.ts';
import { type Acceptance, type Offer, offerStateAt } from './offer.ts';

/** An offer with what is known of its miner. */
export interface OfferView {
  /** As it is now: an offer whose time is over is expired. */
  readonly offer: Offer;
  /** 0 to 5. */
  readonly reputation: number;
  /** Whether its miner is connected. */
  readonly isOnline: boolean;
}

/** Where miners say for which price they do jobs, and clients give them theirs. */
export interface Marketplace {
  /**
   * Makes an offer, once for each Idempotency-Key.
   *
   * @throws {DomainError} FORBIDDEN, NODE_NOT_FOUND, TOO_MANY_RUNNING, IDEMPOTENCY_MISMATCH
   */
  create(caller: Caller, offer: NewOffer): Promise<Offer>;
  /** Active offers, the cheapest first. */
  list(query: OfferQuery, limit: number): Promise<readonly OfferView[]>;
  /** @throws {DomainError} OFFER_NOT_FOUND */
  get(offerId: string): Promise<OfferView>;
  /** Takes an offer back. @throws {DomainError} FORBIDDEN, OFFER_NOT_FOUND, also for somebody else's */
  withdraw(caller: Caller, offerId: string): Promise<OfferView>;
  /** Gives a waiting job of the caller to an offer. */
  accept: AcceptOffer;
  /** What became of a job that was given to an offer. @throws {DomainError} JOB_NOT_FOUND */
  acceptance(caller: Caller, jobId: string): Promise<{ readonly acceptance: Acceptance; readonly job: Job }>;
}

export interface MarketplaceDeps extends OfferMakerDeps {
  readonly registry: Pick<NodeRegistry, 'find'>;
  readonly accept: AcceptOffer;
}

export function createMarketplace(deps: MarketplaceDeps): Marketplace {
  const { books, registry, clock, accept, isLoopback } = deps;
  const { read } = books;

  async function view(offer: Offer): Promise<OfferView> {
    const { nodeId } = offer;
    const node = registry.find(nodeId);
    const score = node?.score ?? (await read.findScore(nodeId)) ?? emptyScore(nodeId);
    const state = offerStateAt(offer, clock());
    return { offer: { ...offer, state }, reputation: reputationOf(score), isOnline: node !== undefined };
  }

  async function find(offerId: string): Promise<Offer> {
    const offer = await read.findOffer(offerId);
    if (offer) return offer;
    throw new DomainError('OFFER_NOT_FOUND', 'Offer does not exist', { offerId });
  }

  return {
    accept,

    create: createOfferMaker(deps),
    list: async (query, limit) => await Promise.all((await read.listOffers(query, clock(), limit)).map(view)),
    get: async (offerId) => await view(await find(offerId)),

    async withdraw(caller, offerId) {
      requireMiner(caller, isLoopback);
      const { accountId } = await find(offerId);
      if (accountId !== caller.accountId && caller.role !== 'operator') {
        throw new DomainError('OFFER_NOT_FOUND', 'This account has no such offer', { offerId });
      }
      await books.commit({ type: 'withdrawOffer', offerId, at: clock() });
      return await view(await find(offerId));
    },

    async acceptance(caller, jobId) {
      if (!caller.scopes.includes('submit')) requireScope(caller, 'read');
      const [acceptance, job] = await Promise.all([read.findAcceptance(jobId), read.findJob(jobId)]);
      const isOwn = acceptance?.accountId === caller.accountId || caller.role === 'operator';
      if (acceptance && job && isOwn) return { acceptance, job };
      throw new DomainError('JOB_NOT_FOUND', 'Transaction does not exist', { jobId });
    },
  };
}
