import type { Claim } from './commands.ts';
import { claimId } from './draft.ts';

/** The rows that a batch needs, by kind; storage loads them, in this order, before the rules run. */
export interface Touched {
  readonly accounts: Set<string>;
  readonly keys: Set<string>;
  readonly jobs: Set<string>;
  readonly nodes: Set<string>;
  /** Node ids whose scores change. */
  readonly scores: Set<string>;
  /** `claimId`s of commands that are no job. */
  readonly claims: Set<string>;
  /** `claimId`s of jobs. */
  readonly jobClaims: Set<string>;
  /** Job ids whose rating is needed. */
  readonly ratings: Set<string>;
  readonly deliveries: Set<string>;
  /** Account ids whose webhook secret is needed. */
  readonly webhookSecrets: Set<string>;
  readonly addresses: Set<string>;
  /** Account ids whose stake is needed. */
  readonly stakes: Set<string>;
  readonly cooldowns: Set<string>;
  readonly proofs: Set<string>;
  readonly offers: Set<string>;
  /** Job ids of which it is needed whether they were given to an offer. */
  readonly acceptances: Set<string>;
  /** Names of counters. They are locked before anything else of the fleet. */
  readonly fleetCounters: Set<string>;
  readonly participants: Set<string>;
  /** Raw wallets. */
  readonly wallets: Set<string>;
  readonly workers: Set<string>;
  /** Nodes that are workers. */
  readonly nodeWorkers: Set<string>;
  /** Transactions. */
  readonly payoutHashes: Set<string>;
  readonly plans: Set<string>;
}

/** An empty set of each kind. */
export function nothingTouched(): Touched {
  return {
    accounts: new Set(),
    keys: new Set(),
    jobs: new Set(),
    nodes: new Set(),
    scores: new Set(),
    claims: new Set(),
    jobClaims: new Set(),
    ratings: new Set(),
    deliveries: new Set(),
    webhookSecrets: new Set(),
    addresses: new Set(),
    stakes: new Set(),
    cooldowns: new Set(),
    proofs: new Set(),
    offers: new Set(),
    acceptances: new Set(),
    fleetCounters: new Set(),
    participants: new Set(),
    wallets: new Set(),
    workers: new Set(),
    nodeWorkers: new Set(),
    payoutHashes: new Set(),
    plans: new Set(),
  };
}

export function touchClaim(claim: Pick<Claim, 'accountId' | 'key'> | undefined, into: Touched): void {
  if (claim) into.claims.add(claimId(claim.accountId, claim.key));
}
