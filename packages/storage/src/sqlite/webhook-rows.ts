import type { Delivery, DeliveryQuery, PageRequest, WebhookSecret } from '@plexus/core';
import type { Row } from './adapter.ts';
import { type Columns, present, readNumber, readOptional, readText, readTime, readWord, toTime } from './columns.ts';
import { type Query, where } from './queries.ts';

export const DELIVERY_COLUMNS: Columns<Delivery> = {
  id: (delivery) => delivery.id,
  account_id: (delivery) => delivery.accountId,
  job_id: (delivery) => delivery.jobId,
  url: (delivery) => delivery.url,
  host: (delivery) => delivery.host,
  state: (delivery) => delivery.state,
  attempts: (delivery) => delivery.attempts,
  next_at: (delivery) => toTime(delivery.nextAt),
  last_status: (delivery) => delivery.lastStatus ?? null,
  last_error: (delivery) => delivery.lastError ?? null,
  created_at: (delivery) => toTime(delivery.createdAt),
  ended_at: (delivery) => toTime(delivery.endedAt),
};

const DELIVERY = `SELECT ${Object.keys(DELIVERY_COLUMNS).join(', ')} FROM webhook_delivery`;
const PENDING = "state = 'pending'";

export const FIND_DELIVERY = `${DELIVERY} WHERE id = ?`;
export const NEXT_HOST = `SELECT MIN(host) AS host FROM webhook_delivery WHERE ${PENDING} AND host > ?`;
export const DUE_DELIVERIES = `${DELIVERY} WHERE ${PENDING} AND host = ? AND next_at <= ? ORDER BY next_at LIMIT ?`;
export const COUNT_PENDING = `SELECT COUNT(*) AS pending FROM webhook_delivery WHERE ${PENDING}`;
export const FIND_SECRET = 'SELECT account_id, generation, rotated_at FROM webhook_secret WHERE account_id = ?';

/** Deliveries, newest first. What was not delivered has an index, which only a query with its own condition uses. */
export function deliveriesQuery({ accountId, state }: DeliveryQuery, { limit, after }: PageRequest): Query {
  const conditions = { 'account_id = ?': accountId, 'state = ?': state, 'id < ?': after };
  const isRare = state === 'pending' || state === 'given_up';
  const { sql, values } = where(conditions, isRare ? ["state IN ('pending', 'given_up')"] : []);
  return { sql: `${DELIVERY}${sql} ORDER BY id DESC LIMIT ?`, values: [...values, limit] };
}

export function readDelivery(row: Row): Delivery {
  return {
    id: readText(row, 'id'),
    accountId: readText(row, 'account_id'),
    jobId: readText(row, 'job_id'),
    url: readText(row, 'url'),
    host: readText(row, 'host'),
    state: readWord(row, 'state'),
    attempts: readNumber(row, 'attempts'),
    createdAt: readTime(row, 'created_at'),
    ...present({
      nextAt: readOptional(row, 'next_at', readTime),
      lastStatus: readOptional(row, 'last_status', readNumber),
      lastError: readOptional(row, 'last_error', readText),
      endedAt: readOptional(row, 'ended_at', readTime),
    }),
  };
}

export const SECRET_COLUMNS: Columns<WebhookSecret> = {
  account_id: (secret) => secret.accountId,
  generation: (secret) => secret.generation,
  rotated_at: (secret) => toTime(secret.rotatedAt),
};

export function readSecret(row: Row): WebhookSecret {
  return {
    accountId: readText(row, 'account_id'),
    generation: readNumber(row, 'generation'),
    rotatedAt: readTime(row, 'rotated_at'),
  };
}
