import type { Acceptance, Offer, OfferQuery } from '@plexus/core';
import type { Row } from './adapter.ts';
import { type Columns, readJson, readMoney, readNumber, readText, readTime, readWord, toTime } from './columns.ts';
import { type Query, where } from './queries.ts';

export const OFFER_COLUMNS: Columns<Offer> = {
  id: (offer) => offer.id,
  node_id: (offer) => offer.nodeId,
  account_id: (offer) => offer.accountId,
  job_type: (offer) => offer.jobType,
  price: (offer) => offer.price,
  max_jobs: (offer) => offer.maxJobs,
  jobs_left: (offer) => offer.jobsLeft,
  requirements: (offer) => JSON.stringify(offer.requirements),
  state: (offer) => offer.state,
  created_at: (offer) => toTime(offer.createdAt),
  expires_at: (offer) => toTime(offer.expiresAt),
};

export const ACCEPTANCE_COLUMNS: Columns<Acceptance> = {
  job_id: (acceptance) => acceptance.jobId,
  offer_id: (acceptance) => acceptance.offerId,
  node_id: (acceptance) => acceptance.nodeId,
  account_id: (acceptance) => acceptance.accountId,
  price: (acceptance) => acceptance.price,
  bid: (acceptance) => acceptance.bid,
  at: (acceptance) => toTime(acceptance.at),
};

const OFFER = `SELECT ${Object.keys(OFFER_COLUMNS).join(', ')} FROM offer`;
/** What a query must repeat to be served by the indexes of active offers. */
const ACTIVE = "state = 'active'";

export const FIND_OFFER = `${OFFER} WHERE id = ?`;
export const FIND_ACCEPTANCE = `SELECT ${Object.keys(ACCEPTANCE_COLUMNS).join(', ')} FROM acceptance WHERE job_id = ?`;
export const COUNT_OFFERS = `SELECT COUNT(*) AS offers FROM offer WHERE ${ACTIVE} AND node_id = ?`;
export const EXPIRED_OFFERS = `SELECT id FROM offer WHERE ${ACTIVE} AND expires_at <= ? ORDER BY expires_at LIMIT ?`;

/** Active offers, the cheapest first: an index has them in this order, and those that are over leave it soon. */
export function offersQuery({ jobType, maxPrice }: OfferQuery, now: Date, limit: number): Query {
  const conditions = { 'job_type = ?': jobType, 'price <= ?': maxPrice, 'expires_at > ?': now.getTime() };
  const { sql, values } = where(conditions, [ACTIVE]);
  return { sql: `${OFFER}${sql} ORDER BY price, id LIMIT ?`, values: [...values, limit] };
}

export function readOffer(row: Row): Offer {
  return {
    id: readText(row, 'id'),
    nodeId: readText(row, 'node_id'),
    accountId: readText(row, 'account_id'),
    jobType: readText(row, 'job_type'),
    price: readMoney(row, 'price'),
    maxJobs: readNumber(row, 'max_jobs'),
    jobsLeft: readNumber(row, 'jobs_left'),
    requirements: readJson<Offer['requirements']>(row, 'requirements'),
    state: readWord(row, 'state'),
    createdAt: readTime(row, 'created_at'),
    expiresAt: readTime(row, 'expires_at'),
  };
}

export function readAcceptance(row: Row): Acceptance {
  return {
    jobId: readText(row, 'job_id'),
    offerId: readText(row, 'offer_id'),
    nodeId: readText(row, 'node_id'),
    accountId: readText(row, 'account_id'),
    price: readMoney(row, 'price'),
    bid: readMoney(row, 'bid'),
    at: readTime(row, 'at'),
  };
}
