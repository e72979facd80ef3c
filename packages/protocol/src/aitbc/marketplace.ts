/** AITBC's marketplace. Source: seed 002, "Marketplace"; contract/aitbc.md for what the page leaves open. */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { Amount, Id, Instant, Price, PRICE_PATTERN, Quantity } from './common.ts';

/** Seconds in 30 days. */
const LONGEST_SECONDS = 2_592_000;

const JobType = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'A type of jobs, or the name that clients give theirs.',
});

const Requirements = Type.Object(
  {
    min_gpu_memory: Type.Optional(Quantity('Memory of its graphics processor, at least.')),
    min_cpu: Type.Optional(Quantity('Its processors, at least.')),
  },
  { additionalProperties: Type.String({ maxLength: 200 }), maxProperties: 20 },
);

const OfferRequest = Type.Object(
  {
    job_type: JobType,
    price: Price,
    max_jobs: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1 })),
    requirements: Type.Optional(Requirements),
    duration: Type.Optional(
      Type.Integer({ minimum: 1, maximum: LONGEST_SECONDS, default: 3600, description: 'Seconds.' }),
    ),
    miner_id: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: 'Which of your miners, where you have several.' }),
    ),
  },
  {
    examples: [
      {
        job_type: 'image-classification',
        price: '0.001',
        max_jobs: 10,
        requirements: { min_gpu_memory: '4Gi', min_cpu: '2000m' },
        duration: 3600,
      },
    ],
  },
);

const OfferStatus = Type.Enum(['active', 'used_up', 'expired', 'withdrawn']);

const ListedOffer = Type.Object({
  offer_id: Type.String(),
  miner_id: Type.String(),
  job_type: Type.String(),
  price: Amount,
  reputation: Type.Number({ description: '0 to 5.' }),
  jobs_left: Type.Integer(),
  requirements: Type.Record(Type.String(), Type.String(), { description: 'What the miner says of its machine.' }),
  online: Type.Boolean({ description: 'Whether the miner is there now; a job that is given to it waits for it.' }),
  expires_at: Instant,
});

const Transaction = Type.Object({
  transaction_id: Type.String(),
  status: Type.Enum(['pending', 'settled', 'released']),
  created_at: Instant,
  offer_id: Type.String(),
  job_id: Type.String(),
  miner_id: Type.String(),
  price: Amount,
  bid_price: Amount,
});

const OFFER = Type.Object({ offer_id: Id });
const UNKNOWN = { 404: 'OFFER_NOT_FOUND' };

export const marketplaceEndpoints = endpoints({
  createOffer: {
    method: 'POST',
    path: '/v1/marketplace/offers',
    summary: 'Offer to do jobs of a type for a price each, on a miner of yours.',
    auth: 'key',
    idempotent: true,
    creates: 'offer_id',
    body: OfferRequest,
    status: 201,
    response: Type.Object({
      offer_id: Type.String(),
      miner_id: Type.String(),
      status: OfferStatus,
      created_at: Instant,
      expires_at: Instant,
    }),
    errors: { 404: 'MINER_NOT_FOUND', 409: 'CONFLICT_STATE', 422: 'INVALID_PAYLOAD', 429: 'RATE_LIMIT_EXCEEDED' },
  },
  listOffers: {
    method: 'GET',
    path: '/v1/marketplace/offers',
    summary: 'Active offers, the cheapest first.',
    auth: 'none',
    query: Type.Object({
      job_type: Type.Optional(JobType),
      max_price: Type.Optional(Price),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 50 })),
    }),
    status: 200,
    response: Type.Object({ offers: Type.Array(ListedOffer) }),
  },
  getOffer: {
    method: 'GET',
    path: '/v1/marketplace/offers/{offer_id}',
    summary: 'One offer, active or not.',
    auth: 'none',
    params: OFFER,
    status: 200,
    response: Type.Object({ ...ListedOffer.properties, status: OfferStatus, created_at: Instant }),
    errors: UNKNOWN,
  },
  withdrawOffer: {
    method: 'DELETE',
    path: '/v1/marketplace/offers/{offer_id}',
    summary: 'Take an offer of yours back; jobs that were given to it stay.',
    auth: 'key',
    params: OFFER,
    status: 200,
    response: Type.Object({ offer_id: Type.String(), status: OfferStatus }),
    errors: UNKNOWN,
  },
  acceptOffer: {
    method: 'POST',
    path: '/v1/marketplace/offers/{offer_id}/accept',
    summary: 'Give a submitted job of yours to an offer: that miner does it, at that price.',
    auth: 'key',
    idempotent: true,
    params: OFFER,
    body: Type.Object({
      job_id: Type.String({ minLength: 1, maxLength: 200 }),
      bid_price: Type.Optional(
        Type.String({
          pattern: PRICE_PATTERN,
          description: "What you are ready to pay; you pay the offer's price. Without it, what is held for the job.",
        }),
      ),
    }),
    status: 200,
    response: Transaction,
    errors: {
      402: 'INSUFFICIENT_BALANCE, also of a key whose spending limit does not cover the price.',
      404: 'OFFER_NOT_FOUND, JOB_NOT_FOUND',
      409: 'JOB_ALREADY_COMPLETED; CONFLICT_STATE: a miner has the job, or the Idempotency-Key stands for another request.',
      410: 'OFFER_NOT_AVAILABLE',
      422: 'INVALID_PAYLOAD: the bid is below the price, or the offer is for other jobs.',
    },
  },
  getTransaction: {
    method: 'GET',
    path: '/v1/marketplace/transactions/{transaction_id}',
    summary: 'What became of a job that you gave to an offer: pending, settled (paid), or released (it cost nothing).',
    auth: 'key',
    params: Type.Object({ transaction_id: Id }),
    status: 200,
    response: Transaction,
    errors: { 404: 'JOB_NOT_FOUND', 409: 'CONFLICT_STATE' },
  },
});
