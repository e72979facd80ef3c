import type { Idempotency } from '../accounts/account-service.ts';
import type { Caller } from '../accounts/caller.ts';
import type { Books } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import { earlierAnswer } from './earlier-answer.ts';
import { type MinerChoice, type MinerWish, requireMiner } from './miner-choice.ts';
import type { Offer } from './offer.ts';

/** Offers of one miner that may be active at once. */
const MAX_OFFERS = 1000;
/** Told to a miner that has as many. */
const FULL_RETRY_SECONDS = 60;

/** What a miner offers. */
export interface NewOffer extends MinerWish, Pick<Offer, 'jobType' | 'price' | 'maxJobs' | 'requirements'> {
  readonly durationSeconds: number;
  readonly idempotency?: Idempotency;
}

export interface OfferMakerDeps {
  readonly books: Books;
  readonly clock: () => Date;
  readonly newId: () => string;
  readonly chooseMiner: MinerChoice;
  /** Off loopback only a provider's key stands for a miner. */
  readonly isLoopback: boolean;
}

/** Makes an offer, once for each Idempotency-Key. */
export function createOfferMaker(deps: OfferMakerDeps): (caller: Caller, request: NewOffer) => Promise<Offer> {
  const { books, isLoopback } = deps;
  return async (caller, request) => {
    requireMiner(caller, isLoopback);
    const { idempotency } = request;
    // Also of a miner that has no room for others.
    const earlierId = await earlierAnswer(books, caller, idempotency);
    const earlier = earlierId === undefined ? undefined : await books.read.findOffer(earlierId);
    if (earlier) return earlier;
    const offer = await offerOf(caller, request, deps);
    const claim = idempotency && { ...idempotency, accountId: caller.accountId, answer: offer.id };
    const { replayed } = await books.commit({ type: 'createOffer', offer, ...(claim && { claim }) });
    return (replayed === undefined ? undefined : await books.read.findOffer(replayed)) ?? offer;
  };
}

async function offerOf(caller: Caller, request: NewOffer, deps: OfferMakerDeps): Promise<Offer> {
  const { books, clock, newId, chooseMiner } = deps;
  const { durationSeconds, nodeId: wanted, service, jobType, price, maxJobs, requirements } = request;
  const { id: nodeId } = await chooseMiner(caller, { service, ...(wanted !== undefined && { nodeId: wanted }) });
  if ((await books.read.countOffers(nodeId)) >= MAX_OFFERS) throw tooMany(nodeId);
  const createdAt = clock();
  const expiresAt = new Date(createdAt.getTime() + durationSeconds * 1000);
  const made = { id: `offer_${newId()}`, nodeId, accountId: caller.accountId, state: 'active', createdAt } as const;
  return { ...made, jobType, price, maxJobs, requirements, jobsLeft: maxJobs, expiresAt };
}

function tooMany(nodeId: string): DomainError {
  const message = `The miner ${nodeId} has ${MAX_OFFERS} active offers, which is its limit`;
  return new DomainError('TOO_MANY_RUNNING', message, { limit: MAX_OFFERS, retryAfterSeconds: FULL_RETRY_SECONDS });
}
