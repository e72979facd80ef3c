import type { Account } from '../accounts/account.ts';
import type { ApiKey } from '../accounts/api-key.ts';
import type { EventPage } from '../events/feed-event.ts';
import type { EventQuery } from '../events/feed-rows.ts';
import type { Job, JobState } from '../jobs/job.ts';
import type { JournalEntry, Posting } from '../ledger/transfer.ts';
import type { Acceptance, Offer } from '../marketplace/offer.ts';
import type { NodeRecord, NodeScore } from '../nodes/node-record.ts';
import type { StoredReceipt, TreeHead } from '../receipts/stored-receipt.ts';
import type { Proof, ProofTotals } from '../proofs/proof.ts';
import type { TrainingRound, TrainingRun } from '../training/training.ts';
import type { Cooldown, Stake } from '../wallet/stake.ts';
import type { Delivery, DeliveryState, WebhookSecret } from '../webhooks/delivery.ts';
import type { FleetReader } from '../fleet/fleet-reader.ts';
import type { Command, Outcome } from './commands.ts';
import type { DayCount } from './tallies.ts';

/** A page request: at most `limit` items after the cursor, which is the last item's own key. */
export interface PageRequest {
  readonly limit: number;
  readonly after?: string;
}

/** A page by its place, for dialects that know no cursor. */
export interface OffsetPage {
  readonly limit: number;
  readonly offset: number;
}

/** Which of an account's jobs: those in any of the states, of one service. */
export interface JobFilter {
  readonly states?: readonly JobState[];
  readonly service?: string;
}

/** Which of an account's newest jobs: those of one service, in any of the states, with ids after this one. */
export interface JobIdQuery {
  readonly accountId: string;
  readonly service: string;
  readonly states: readonly JobState[];
  /** Of jobs that have ended; the others are listed however old they are. */
  readonly after: string;
  readonly limit: number;
}

export interface PostingPage {
  /** Newest first; of an entry that stays within the account, what it took out of a balance. */
  readonly postings: readonly Posting[];
  /** All of the account's, on this page or not. */
  readonly total: number;
}

export interface JobPage {
  /** Newest first; `content`, `result` and `decisions` may be left empty. */
  readonly jobs: readonly Job[];
  /** All that the filter fits, on this page or not. */
  readonly total: number;
}

/**
 * The books: everything durable, behind one port. Commands that are waiting together are committed in one
 * transaction; `commit` answers after it is on disk.
 */
export interface Books {
  /**
   * Whether nobody else writes these books. Only then may a hold ride in memory, and a balance that was read once be
   * relied upon.
   */
  readonly isSoleWriter: boolean;
  /**
   * @throws {DomainError} the rule's refusal, or OVERLOADED when too much waits; nothing of the command is kept
   * @throws {StorageError} nothing is kept either, but where the fate is not known
   */
  commit(command: Command): Promise<Outcome>;
  /** Several commands, all or none. */
  commitAll(commands: readonly Command[]): Promise<Outcome>;
  readonly read: BooksReader;
  /** How full it is, for metrics; absent where the storage cannot say. */
  readonly load?: () => Promise<BooksLoad>;
  /**
   * Removes what some of the jobs that ended before were sent with and came to, oldest first; the rest of them stays.
   * Absent where the storage cannot.
   *
   * @returns of how many jobs; 0 when none is left
   */
  readonly forgetTexts?: (endedBefore: Date) => Promise<number>;
  /** Commits what is waiting and closes. */
  close(): Promise<void>;
}

/** How full a storage is, and how busy its writer. */
export interface BooksLoad {
  /** Commands that wait to be written. */
  readonly waitingCommands: number;
  /** Batches written since the start, and the seconds that their writing took in all. */
  readonly batches: number;
  readonly writeSeconds: number;
  /** Bytes on disk; of what is not checkpointed yet; free beside them. NaN where the storage cannot say. */
  readonly databaseBytes: number;
  readonly walBytes: number;
  readonly freeBytes: number;
}

/** Which deliveries are wanted; all without. */
export interface DeliveryQuery {
  readonly accountId?: string;
  readonly state?: DeliveryState;
}

/** Which active offers are wanted; all without. */
export interface OfferQuery {
  readonly jobType?: string;
  /** Micro-credits. */
  readonly maxPrice?: bigint;
}

/** Reads of what is committed. Lists are indexed and paged. */
export interface BooksReader extends FleetReader {
  findAccount(id: string): Promise<Account | undefined>;
  findKey(id: string): Promise<ApiKey | undefined>;
  findKeyByHash(hash: string): Promise<ApiKey | undefined>;
  /** Newest first. */
  listKeys(accountId: string, page: PageRequest): Promise<readonly ApiKey[]>;
  findJob(id: string): Promise<Job | undefined>;
  findJobByIdempotencyKey(accountId: string, key: string): Promise<Job | undefined>;
  findClaim(accountId: string, key: string): Promise<{ requestHash: string; answer: string } | undefined>;
  /** Newest first; without `accountId` everybody's. `content`, `result` and `decisions` may be left empty. */
  listJobs(filter: { accountId?: string; state?: JobState }, page: PageRequest): Promise<readonly Job[]>;
  /** An account's jobs by place, with how many there are; the cost grows with the page and its offset alone. */
  pageJobs(accountId: string, filter: JobFilter, page: OffsetPage): Promise<JobPage>;
  /** Ids alone, newest first; the cost grows with how many there are. */
  listJobIds(query: JobIdQuery): Promise<readonly string[]>;
  /** Jobs that have not ended, oldest first, whole. */
  listOpenJobs(page: PageRequest): Promise<readonly Job[]>;
  /** Newest first; with `visible` only what is no hold or release. The cursor is a sequence number as text. */
  listEntries(accountId: string, filter: { visible: boolean }, page: PageRequest): Promise<readonly JournalEntry[]>;
  /** What an account paid and got, by place: no holds, nor what became available again. Its cost grows with the total. */
  pagePostings(accountId: string, page: OffsetPage): Promise<PostingPage>;
  /** The account that has this address. */
  findAddress(address: string): Promise<string | undefined>;
  findStake(accountId: string): Promise<Stake | undefined>;
  /** A node's, newest first. */
  listProofs(nodeId: string, limit: number): Promise<readonly Proof[]>;
  proofTotals(nodeId: string, since: Date): Promise<ProofTotals>;
  /** The newest. */
  findTrainingRun(): Promise<TrainingRun | undefined>;
  /** The newest rounds of a run, in their order. */
  listTrainingRounds(runId: string, limit: number): Promise<readonly TrainingRound[]>;
  /** Credits that may become available now, the longest due first. */
  listDueCooldowns(now: Date, limit: number): Promise<readonly Cooldown[]>;
  findNode(id: string): Promise<NodeRecord | undefined>;
  /** By id. */
  listNodes(page: PageRequest): Promise<readonly NodeRecord[]>;
  findScore(nodeId: string): Promise<NodeScore | undefined>;
  /** Best reputation first. */
  listScores(limit: number): Promise<readonly NodeScore[]>;
  findReceipt(jobId: string): Promise<(StoredReceipt & { readonly leafIndex: number }) | undefined>;
  /** Receipts of a node, newest first; the cursor is a leaf index as text. */
  listReceipts(nodeId: string, page: PageRequest): Promise<readonly (StoredReceipt & { readonly leafIndex: number })[]>;
  /** A node's receipts; the cost grows with how many there are. */
  countReceipts(nodeId: string): Promise<number>;
  /** Leaves written so far. */
  countLeaves(): Promise<number>;
  /** Level 0: leaf hashes; above: tile roots. From inclusive, to exclusive. */
  listLogHashes(level: number, from: number, to: number): Promise<readonly Uint8Array[]>;
  findTreeHead(size?: number): Promise<TreeHead | undefined>;
  /** Events in the order of their commits, oldest first. */
  listEvents(query: EventQuery): Promise<EventPage>;
  /** The number of the newest event; 0 before the first. */
  lastEvent(): Promise<number>;
  findDelivery(id: string): Promise<Delivery | undefined>;
  /** Newest first. */
  listDeliveries(filter: DeliveryQuery, page: PageRequest): Promise<readonly Delivery[]>;
  /** The first host, in order of names, after this one that something is pending for. */
  nextDeliveryHost(after: string): Promise<string | undefined>;
  /** Pending deliveries to one host that are due, the longest due first. */
  listDueDeliveries(host: string, now: Date, limit: number): Promise<readonly Delivery[]>;
  countPendingDeliveries(): Promise<number>;
  findWebhookSecret(accountId: string): Promise<WebhookSecret | undefined>;
  findOffer(id: string): Promise<Offer | undefined>;
  /** Offers that are active at a moment, the cheapest first, of one price the oldest. */
  listOffers(query: OfferQuery, now: Date, limit: number): Promise<readonly Offer[]>;
  /** Active offers of a node, those among them whose time is over until that is written. */
  countOffers(nodeId: string): Promise<number>;
  /** Ids of active offers whose time is over, the longest first. */
  listExpiredOffers(now: Date, limit: number): Promise<readonly string[]>;
  findAcceptance(jobId: string): Promise<Acceptance | undefined>;
  /** Nodes that earn for an account, or for one that it owns, by id. */
  listNodesOf(accountId: string, limit: number): Promise<readonly NodeRecord[]>;
  /** Jobs accepted on one UTC day, as `2025-01-15`. */
  countJobs(day: string): Promise<number>;
  /** What happened on all days together. */
  sumDays(): Promise<Omit<DayCount, 'day'>>;
  /** Micro-credits over all accounts: zero, always. And how much is held, and by how many open jobs. */
  totals(): Promise<{
    readonly sum: bigint;
    readonly held: bigint;
    readonly openHolds: bigint;
    readonly openJobs: number;
  }>;
}
