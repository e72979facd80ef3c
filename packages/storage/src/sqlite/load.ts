import type { LoadedState, Touched } from '@plexus/core';
import { ACCOUNT_COLUMNS, KEY_COLUMNS, readAccount, readClaim, readKey } from './account-rows.ts';
import type { Database, Row } from './adapter.ts';
import { type Columns, readNumber, readText } from './columns.ts';
import { JOB_HEAD_COLUMNS, readJobHead } from './job-rows.ts';
import { NODE_COLUMNS, readNode, readScore, SCORE_COLUMNS } from './node-rows.ts';
import { FIND_COOLDOWN, FIND_STAKE, readCooldown, readStake } from './wallet-rows.ts';
import { FIND_ACCEPTANCE, FIND_OFFER, readAcceptance, readOffer } from './offer-rows.ts';
import { FIND_DELIVERY, FIND_SECRET, readDelivery, readSecret } from './webhook-rows.ts';

/** Prepares the reads of what a batch touches. */
export function prepareLoad(database: Database): (touched: Touched, leafCount: number) => LoadedState {
  const select = (columns: Columns<never> | string, from: string): Finder => {
    const names = typeof columns === 'string' ? columns : Object.keys(columns).join(', ');
    const statement = database.prepare(`SELECT ${names} FROM ${from}`);
    return (...key) => statement.get(key);
  };
  const account = select(ACCOUNT_COLUMNS, 'account WHERE id = ?');
  const key = select(KEY_COLUMNS, 'api_key WHERE id = ?');
  const job = select(JOB_HEAD_COLUMNS, 'job WHERE id = ?');
  const node = select(NODE_COLUMNS, 'node WHERE id = ?');
  const score = select(SCORE_COLUMNS, 'node_score WHERE node_id = ?');
  const claim = select('request_hash, answer', 'claim WHERE account_id = ? AND claim_key = ?');
  const jobClaim = select('id', 'job WHERE account_id = ? AND idempotency_key = ?');
  const delivery = database.prepare(FIND_DELIVERY);
  const secret = database.prepare(FIND_SECRET);
  const address = select('account_id', 'address WHERE address = ?');
  const stake = database.prepare(FIND_STAKE);
  const cooldown = database.prepare(FIND_COOLDOWN);
  const offer = database.prepare(FIND_OFFER);
  const acceptance = database.prepare(FIND_ACCEPTANCE);
  const rating = select('rating', 'rating WHERE job_id = ?');

  return (touched, leafCount) => ({
    accounts: loadEach(touched.accounts, account, readAccount),
    keys: loadEach(touched.keys, key, readKey),
    jobs: loadEach(touched.jobs, job, readJobHead),
    nodes: loadEach(touched.nodes, node, readNode),
    scores: loadEach(touched.scores, score, readScore),
    claims: loadEach(touched.claims, (id) => claim(...partsOf(id)), readClaim),
    jobClaims: loadEach(
      touched.jobClaims,
      (id) => jobClaim(...partsOf(id)),
      (row) => readText(row, 'id'),
    ),
    ratings: loadEach(touched.ratings, rating, (row) => readNumber(row, 'rating')),
    deliveries: loadEach(touched.deliveries, (id) => delivery.get([id]), readDelivery),
    webhookSecrets: loadEach(touched.webhookSecrets, (id) => secret.get([id]), readSecret),
    addresses: loadEach(touched.addresses, address, (row) => readText(row, 'account_id')),
    stakes: loadEach(touched.stakes, (id) => stake.get([id]), readStake),
    cooldowns: loadEach(touched.cooldowns, (id) => cooldown.get([id]), readCooldown),
    offers: loadEach(touched.offers, (id) => offer.get([id]), readOffer),
    acceptances: loadEach(touched.acceptances, (id) => acceptance.get([id]), readAcceptance),
    leafCount,
  });
}

type Finder = (...key: string[]) => Row | undefined;

function loadEach<T>(
  ids: ReadonlySet<string>,
  find: (id: string) => Row | undefined,
  read: (row: Row) => T,
): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const id of ids) {
    const row = find(id);
    if (row) found.set(id, read(row));
  }
  return found;
}

/** Account and key of a `claimId`: an account's id has no line break. */
function partsOf(id: string): [string, string] {
  const at = id.indexOf('\n');
  return [id.slice(0, at), id.slice(at + 1)];
}
