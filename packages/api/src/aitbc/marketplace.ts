import { type Acceptance, type Job, type Offer, type OfferView, transactionIdOf } from '@plexus/core';
import { type aitbcEndpoints, formatCredits, type Output, parseCredits } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import type { AitbcDeps } from './deps.ts';
import { jobTypeOf, registryName, serviceOfType } from './service-names.ts';

type Endpoints = typeof aitbcEndpoints;
type MarketplaceHandlers = Pick<
  Handlers<Endpoints>,
  'createOffer' | 'listOffers' | 'getOffer' | 'withdrawOffer' | 'acceptOffer' | 'getTransaction'
>;
type Transaction = Output<Endpoints['acceptOffer']>;

/** What holds where a request says nothing else; the same figures as in the table of endpoints. */
const DEFAULT_LIMIT = 50;
const DEFAULT_JOBS = 1;
const DEFAULT_DURATION = 3600;

/** Endpoints of the marketplace. */
export function marketplaceHandlers({ marketplace }: Pick<AitbcDeps, 'marketplace'>): MarketplaceHandlers {
  return {
    async createOffer({ body }, { caller, idempotency }) {
      const { job_type: jobType, price, max_jobs: maxJobs = DEFAULT_JOBS, requirements = {}, miner_id: nodeId } = body;
      const offer = await marketplace.create(caller, {
        jobType,
        price: parseCredits(price),
        maxJobs,
        requirements: { ...requirements },
        durationSeconds: body.duration ?? DEFAULT_DURATION,
        service: serviceOfType(jobType),
        ...(nodeId !== undefined && { nodeId }),
        ...(idempotency && { idempotency }),
      });
      return toCreated(offer);
    },

    async listOffers({ query: { job_type: jobType, max_price: maxPrice, limit = DEFAULT_LIMIT } }) {
      const wanted = {
        ...(jobType !== undefined && { jobType }),
        ...(maxPrice !== undefined && { maxPrice: parseCredits(maxPrice) }),
      };
      return { offers: (await marketplace.list(wanted, limit)).map(toListed) };
    },

    async getOffer({ params }) {
      const view = await marketplace.get(params.offer_id);
      const { state: status, createdAt } = view.offer;
      return { ...toListed(view), status, created_at: createdAt.toISOString() };
    },

    async withdrawOffer({ params }, { caller }) {
      const { offer } = await marketplace.withdraw(caller, params.offer_id);
      return { offer_id: offer.id, status: offer.state };
    },

    async acceptOffer(
      { params: { offer_id: offerId }, body: { job_id: jobId, bid_price: bid } },
      { caller, idempotency },
    ) {
      const also = { ...(bid !== undefined && { bid: parseCredits(bid) }), ...(idempotency && { idempotency }) };
      const wish = { offerId, jobId, typesOf, ...also };
      return toTransaction(await marketplace.accept(caller, wish), 'pending');
    },

    async getTransaction({ params }, { caller }) {
      const { acceptance, job } = await marketplace.acceptance(caller, jobOf(params.transaction_id));
      return toTransaction(acceptance, statusOf(job));
    },
  };
}

/** A transaction is named after its job. */
function jobOf(transactionId: string): string {
  return transactionId.replace(/^tx_/, '');
}

/** What offers may call jobs of a service. */
function typesOf(service: string): readonly string[] {
  return [...new Set([jobTypeOf(service), registryName(service)])];
}

function statusOf({ state, endedAt }: Job): Transaction['status'] {
  if (!endedAt) return 'pending';
  return state === 'completed' ? 'settled' : 'released';
}

function toCreated({ id, nodeId, state, createdAt, expiresAt }: Offer): Output<Endpoints['createOffer']> {
  return {
    offer_id: id,
    miner_id: nodeId,
    status: state,
    created_at: createdAt.toISOString(),
    expires_at: expiresAt.toISOString(),
  };
}

function toListed({ offer, reputation, isOnline }: OfferView): Output<Endpoints['listOffers']>['offers'][number] {
  return {
    offer_id: offer.id,
    miner_id: offer.nodeId,
    job_type: offer.jobType,
    price: formatCredits(offer.price),
    reputation,
    jobs_left: offer.jobsLeft,
    requirements: { ...offer.requirements },
    online: isOnline,
    expires_at: offer.expiresAt.toISOString(),
  };
}

function toTransaction(acceptance: Acceptance, status: Transaction['status']): Transaction {
  const { jobId, offerId, nodeId, price, bid, at } = acceptance;
  return {
    transaction_id: transactionIdOf(jobId),
    status,
    created_at: at.toISOString(),
    offer_id: offerId,
    job_id: jobId,
    miner_id: nodeId,
    price: formatCredits(price),
    bid_price: formatCredits(bid),
  };
}
