/** The pages that are asked for, each with a new place for each request. */
import { jobIdOf } from './fill-sql.mjs';

/**
 * @typedef {{ path: string, as: 'caller' | 'unlucky' | 'operator' }} PageRequest
 * @typedef {(random: number, rows: number) => PageRequest} RequestOf `random` is uniform in [0, 1)
 */

const JOBS = '/plexus/v1/jobs?limit=50';
const AITBC = '/v1/jobs?limit=50';
/** Jobs of the caller that were cancelled and are newer than the page: the smaller database has some 150. */
const OFFSET = 90;
const ENTRIES = '/plexus/v1/wallet/entries?limit=50';

/** A job of the caller with up to half of all after it, and enough of every state before it to fill a page. */
const deepOne = (/** @type {number} */ random, /** @type {number} */ rows) =>
  jobIdOf(2 * Math.floor((rows * (1 + random)) / 4));

/** @type {Readonly<Record<string, RequestOf>>} */
export const PAGES = {
  'own jobs, first page': () => ({ path: JOBS, as: 'caller' }),
  'own jobs, deep by cursor': (random, rows) => ({ path: `${JOBS}&after=${deepOne(random, rows)}`, as: 'caller' }),
  'own jobs, completed': () => ({ path: `${JOBS}&state=completed`, as: 'caller' }),
  'own jobs, timed out': () => ({ path: `${JOBS}&state=timed_out`, as: 'caller' }),
  'own jobs, failed, deep': (random, rows) => ({
    path: `${JOBS}&state=failed&after=${deepOne(random, rows)}`,
    as: 'caller',
  }),
  'own jobs, completed (none of many)': () => ({ path: `${JOBS}&state=completed`, as: 'unlucky' }),
  'own jobs, running (none)': () => ({ path: `${JOBS}&state=running`, as: 'caller' }),
  "everybody's jobs, first page": () => ({ path: `${JOBS}&all=true`, as: 'operator' }),
  "everybody's jobs, deep, cancelled": (random, rows) => ({
    path: `${JOBS}&all=true&state=cancelled&after=${deepOne(random, rows)}`,
    as: 'operator',
  }),
  "AITBC's jobs, first page and total": () => ({ path: AITBC, as: 'caller' }),
  "AITBC's jobs of an account with a tenth of all, first page and total": () => ({ path: AITBC, as: 'unlucky' }),
  "AITBC's jobs, of a type and failed": () => ({ path: `${AITBC}&type=echo&status=failed`, as: 'caller' }),
  [`AITBC's jobs, cancelled, after ${OFFSET}`]: () => ({
    path: `${AITBC}&status=cancelled&offset=${OFFSET}`,
    as: 'caller',
  }),
  'one job': (random, rows) => ({ path: `/plexus/v1/jobs/${deepOne(random, rows)}`, as: 'caller' }),
  "wallet's history, first page": () => ({ path: ENTRIES, as: 'caller' }),
  "wallet's history, deep by cursor": (random, rows) => ({
    path: `${ENTRIES}&after=${Math.floor(rows * (0.2 + random / 2))}`,
    as: 'caller',
  }),
  "GemmaNet's history": () => ({ path: '/api/v1/history', as: 'caller' }),
  wallet: () => ({ path: '/plexus/v1/wallet', as: 'caller' }),
  metrics: () => ({ path: '/metrics', as: 'operator' }),
};
