import type { LoadedState, Touched } from '@plexus/core';
import { ACCOUNT_COLUMNS, KEY_COLUMNS, readAccount, readClaim, readKey } from './account-rows.ts';
import type { Database, Row } from './adapter.ts';
import { type Columns, readNumber, readText } from './columns.ts';
import {
  PARTICIPANT_COLUMNS,
  PLAN_COLUMNS,
  readParticipant,
  readPlan,
  readWorker,
  WORKER_COLUMNS,
} from './fleet-rows.ts';
import { JOB_HEAD_COLUMNS, readJobHead } from './job-rows.ts';
import { NODE_COLUMNS, readNode, readScore, SCORE_COLUMNS } from './node-rows.ts';
import { FIND_COOLDOWN, FIND_STAKE, readCooldown, readStake } from './wallet-rows.ts';
import { FIND_ACCEPTANCE, FIND_OFFER, readAcceptance, readOffer } from './offer-rows.ts';
import { FIND_DELIVERY, FIND_SECRET, readDelivery, readSecret } from './webhook-rows.ts';

/** Prepares the reads of what a batch touches. */
export function prepareLoad(database: Database): (touched: Touched, leafCount: number) => LoadedState {
  const select = selectIn(database);
  const loadFleet = prepareFleetLoad(select);
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
  const proof = select('id', 'proof WHERE id = ?');
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
    ...loadFleet(touched),
    proofs: loadEach(touched.proofs, proof, (row) => readText(row, 'id')),
    leafCount,
  });
}

type Finder = (...key: string[]) => Row | undefined;
type Select = (columns: Columns<never> | string, from: string) => Finder;

function selectIn(database: Database): Select {
  return (columns, from) => {
    const names = typeof columns === 'string' ? columns : Object.keys(columns).join(', ');
    const statement = database.prepare(`SELECT ${names} FROM ${from}`);
    return (...key) => statement.get(key);
  };
}

type FleetState = Pick<
  LoadedState,
  'fleetCounters' | 'participants' | 'wallets' | 'workers' | 'nodeWorkers' | 'payoutHashes' | 'plans'
>;

function prepareFleetLoad(select: Select): (touched: Touched) => FleetState {
  const counter = select('last', 'fleet_counter WHERE name = ?');
  const participant = select(PARTICIPANT_COLUMNS, 'participant WHERE id = ?');
  const wallet = select('id', 'participant WHERE raw_wallet = ?');
  const worker = select(WORKER_COLUMNS, 'fleet_worker WHERE id = ?');
  const nodeWorker = select(WORKER_COLUMNS, 'fleet_worker WHERE node_id = ?');
  const payoutHash = select('id', 'payout WHERE transaction_hash = ?');
  const plan = select(PLAN_COLUMNS, 'payout_plan WHERE id = ?');

  return (touched) => ({
    fleetCounters: loadEach(touched.fleetCounters, counter, (row) => readNumber(row, 'last')),
    participants: loadEach(touched.participants, participant, readParticipant),
    wallets: loadEach(touched.wallets, wallet, (row) => readNumber(row, 'id')),
    workers: loadEach(touched.workers, worker, readWorker),
    nodeWorkers: loadEach(touched.nodeWorkers, nodeWorker, readWorker),
    payoutHashes: loadEach(touched.payoutHashes, payoutHash, (row) => readNumber(row, 'id')),
    plans: loadEach(touched.plans, plan, readPlan),
  });
}

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
