import type { Account } from '../accounts/account.ts';
import type { ApiKey } from '../accounts/api-key.ts';
import { DomainError } from '../errors.ts';
import type { FeedEvent } from '../events/feed-event.ts';
import type { Job, JobEnd, JobHead, NewJob } from '../jobs/job.ts';
import type { Purse, Transfer } from '../ledger/transfer.ts';
import type { Acceptance, Offer } from '../marketplace/offer.ts';
import { emptyScore, type NodeRecord, type NodeScore } from '../nodes/node-record.ts';
import type { LogTile, StoredReceipt, TreeHead } from '../receipts/stored-receipt.ts';
import type { Proof } from '../proofs/proof.ts';
import type { TrainingRound, TrainingRun } from '../training/training.ts';
import type { Cooldown, Stake } from '../wallet/stake.ts';
import type { Delivery, WebhookSecret } from '../webhooks/delivery.ts';
import type { Claim, LeaseJob, RateJob } from './commands.ts';
import { FleetDraft, type FleetLoaded } from './fleet-draft.ts';
import { insufficient } from './insufficient.ts';
import { countChange, countOpened, type DayCount, type JobCount } from './tallies.ts';

/** What a batch of commands touches, loaded before the rules run. What is not in a map does not exist. */
export interface LoadedState extends FleetLoaded {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly keys: ReadonlyMap<string, ApiKey>;
  readonly jobs: ReadonlyMap<string, JobHead>;
  readonly nodes: ReadonlyMap<string, NodeRecord>;
  readonly scores: ReadonlyMap<string, NodeScore>;
  /** By `claimId(accountId, key)`. */
  readonly claims: ReadonlyMap<string, Pick<Claim, 'requestHash' | 'answer'>>;
  /** Job id by `claimId(accountId, idempotencyKey)`. */
  readonly jobClaims: ReadonlyMap<string, string>;
  /** Earlier rating by job id. */
  readonly ratings: ReadonlyMap<string, number>;
  readonly deliveries: ReadonlyMap<string, Delivery>;
  /** By account id. */
  readonly webhookSecrets: ReadonlyMap<string, WebhookSecret>;
  /** Account id by address. */
  readonly addresses: ReadonlyMap<string, string>;
  /** By account id. */
  readonly stakes: ReadonlyMap<string, Stake>;
  readonly cooldowns: ReadonlyMap<string, Cooldown>;
  /** Those that are kept already: their ids, by id. */
  readonly proofs: ReadonlyMap<string, unknown>;
  readonly offers: ReadonlyMap<string, Offer>;
  /** By job id. */
  readonly acceptances: ReadonlyMap<string, Acceptance>;
  /** Leaves in the log so far. */
  readonly leafCount: number;
}

/** One name for an Idempotency-Key within its account. */
export function claimId(accountId: string, key: string): string {
  return `${accountId}\n${key}`;
}

/** A numbered receipt. */
export interface Leaf<R = StoredReceipt> {
  readonly leafIndex: number;
  readonly receipt: R;
}

/** A job that did not exist before. */
export interface Insertion<J> {
  readonly job: J;
  /** Of a job that was recorded as it ended. */
  readonly receiptIndex: number | undefined;
}

/**
 * The books as a batch of commands leaves them: the loaded state under what the rules wrote. Every write can
 * be undone back to a mark, so that a refused command leaves nothing. Storage writes what the maps hold.
 */
export class Draft<J extends NewJob = Job, R = StoredReceipt> extends FleetDraft {
  readonly accounts = new Map<string, Account>();
  readonly keys = new Map<string, ApiKey>();
  readonly nodes = new Map<string, NodeRecord>();
  readonly scores = new Map<string, NodeScore>();
  readonly claims = new Map<string, Claim>();
  readonly ratings = new Map<string, RateJob>();
  /** Jobs that did not exist before, as they were written. */
  readonly newJobs = new Map<string, Insertion<J>>();
  /** What leases and ends replace in jobs, new ones too. */
  readonly changedJobs = new Map<string, Partial<Job>>();
  readonly jobHeads = new Map<string, JobHead>();
  readonly jobClaims = new Map<string, string>();
  readonly leaves = new Map<number, Leaf<R>>();
  readonly treeHeads = new Map<number, TreeHead>();
  readonly tiles = new Map<string, LogTile>();
  /** How many jobs more, or fewer, an account has of a service in a state. */
  readonly jobCounts = new Map<string, JobCount>();
  /** What a UTC day has more of, by its number since 1970. */
  readonly days = new Map<number, DayCount>();
  readonly deliveries = new Map<string, Delivery>();
  readonly webhookSecrets = new Map<string, WebhookSecret>();
  readonly addresses = new Map<string, string>();
  readonly stakes = new Map<string, Stake>();
  readonly cooldowns = new Map<string, Cooldown>();
  readonly proofs = new Map<string, Proof>();
  readonly trainingRuns = new Map<string, TrainingRun>();
  readonly trainingRounds = new Map<string, TrainingRound>();
  readonly offers = new Map<string, Offer>();
  readonly acceptances = new Map<string, Acceptance>();
  /** What goes into the journal, in its order. */
  readonly transfers: Transfer[] = [];
  /** What the feed tells of it, in its order; storage numbers it. */
  readonly events: FeedEvent[] = [];
  /** Numbers after theirs that no event has. */
  skippedEvents = 0;
  private readonly loaded: LoadedState;

  constructor(loaded: LoadedState) {
    super(loaded);
    this.loaded = loaded;
  }

  findAccount(id: string): Account | undefined {
    return this.accounts.get(id) ?? this.loaded.accounts.get(id);
  }

  /** @throws {DomainError} ACCOUNT_NOT_FOUND */
  getAccount(id: string): Account {
    const account = this.findAccount(id);
    if (!account) throw new DomainError('ACCOUNT_NOT_FOUND', 'Account does not exist', { accountId: id });
    return account;
  }

  findKey(id: string): ApiKey | undefined {
    return this.keys.get(id) ?? this.loaded.keys.get(id);
  }

  findNode(id: string): NodeRecord | undefined {
    return this.nodes.get(id) ?? this.loaded.nodes.get(id);
  }

  getScore(nodeId: string): NodeScore {
    return this.scores.get(nodeId) ?? this.loaded.scores.get(nodeId) ?? emptyScore(nodeId);
  }

  findRating(jobId: string): number | undefined {
    return this.ratings.get(jobId)?.rating ?? this.loaded.ratings.get(jobId);
  }

  findClaim(accountId: string, key: string): Pick<Claim, 'requestHash' | 'answer'> | undefined {
    const id = claimId(accountId, key);
    return this.claims.get(id) ?? this.loaded.claims.get(id);
  }

  findJobClaim(accountId: string, key: string): string | undefined {
    const id = claimId(accountId, key);
    return this.jobClaims.get(id) ?? this.loaded.jobClaims.get(id);
  }

  findDelivery(id: string): Delivery | undefined {
    return this.deliveries.get(id) ?? this.loaded.deliveries.get(id);
  }

  findWebhookSecret(accountId: string): WebhookSecret | undefined {
    return this.webhookSecrets.get(accountId) ?? this.loaded.webhookSecrets.get(accountId);
  }

  findAddress(address: string): string | undefined {
    return this.addresses.get(address) ?? this.loaded.addresses.get(address);
  }

  findStake(accountId: string): Stake | undefined {
    return this.stakes.get(accountId) ?? this.loaded.stakes.get(accountId);
  }

  findProof(id: string): unknown {
    return this.proofs.get(id) ?? this.loaded.proofs.get(id);
  }

  findCooldown(id: string): Cooldown | undefined {
    return this.cooldowns.get(id) ?? this.loaded.cooldowns.get(id);
  }

  findOffer(id: string): Offer | undefined {
    return this.offers.get(id) ?? this.loaded.offers.get(id);
  }

  /** @throws {DomainError} OFFER_NOT_FOUND */
  getOffer(offerId: string): Offer {
    const offer = this.findOffer(offerId);
    if (!offer) throw new DomainError('OFFER_NOT_FOUND', 'Offer does not exist', { offerId });
    return offer;
  }

  findAcceptance(jobId: string): Acceptance | undefined {
    return this.acceptances.get(jobId) ?? this.loaded.acceptances.get(jobId);
  }

  findJob(id: string): JobHead | undefined {
    return this.jobHeads.get(id) ?? this.loaded.jobs.get(id);
  }

  /** @throws {DomainError} JOB_NOT_FOUND */
  getJob(id: string): JobHead {
    const job = this.findJob(id);
    if (!job) throw new DomainError('JOB_NOT_FOUND', 'Job does not exist', { jobId: id });
    return job;
  }

  /**
   * @throws {RangeError} when the id is taken
   */
  insertJob(job: J, receiptIndex?: number): void {
    if (this.jobHeads.has(job.id) || this.loaded.jobs.has(job.id)) throw new RangeError(`Job ${job.id} exists already`);
    this.put(this.newJobs, job.id, { job, receiptIndex });
    this.put(this.jobHeads, job.id, headOf(job, job));
    countOpened(this, job);
    if (job.idempotencyKey !== undefined) {
      this.put(this.jobClaims, claimId(job.accountId, job.idempotencyKey), job.id);
    }
  }

  changeJob(head: JobHead, change: JobChange, receiptIndex?: number): void {
    const leaf = receiptIndex === undefined ? undefined : { receiptIndex };
    // Object.assign: two spreads of this many fields take V8 six times as long.
    this.put(this.changedJobs, head.id, Object.assign({}, this.changedJobs.get(head.id), change, leaf));
    this.put(this.jobHeads, head.id, headOf(head, change));
    countChange(this, head, change);
  }

  /** @throws {DomainError} ACCOUNT_NOT_FOUND, INSUFFICIENT_BALANCE */
  requireCovered({ accountId, part }: Purse, amount: bigint): Account {
    const account = this.getAccount(accountId);
    if (account[part] < amount && account.kind !== 'mint') throw insufficient(amount, account[part]);
    return account;
  }

  /**
   * Moves credits: the one place where money changes hands. An amount of zero moves nothing.
   *
   * @throws {DomainError} ACCOUNT_NOT_FOUND, INSUFFICIENT_BALANCE
   */
  move(transfer: Transfer): void {
    const { debit, credit, amount } = transfer;
    if (amount < 0n) throw new RangeError(`A transfer cannot be negative: ${amount}`);
    if (amount === 0n) return;
    const payer = this.requireCovered(debit, amount);
    this.put(this.accounts, payer.id, { ...payer, [debit.part]: payer[debit.part] - amount });
    const payee = this.getAccount(credit.accountId);
    this.put(this.accounts, payee.id, { ...payee, [credit.part]: payee[credit.part] + amount });
    this.transfers.push(transfer);
    this.undoLog.push(() => this.transfers.pop());
  }

  /** Adds to what the feed tells. */
  tell(events: readonly FeedEvent[]): void {
    const before = this.events.length;
    this.events.push(...events);
    this.undoLog.push(() => (this.events.length = before));
  }

  skipEvents(count: number): void {
    this.skippedEvents += count;
    this.undoLog.push(() => (this.skippedEvents -= count));
  }

  /** Numbers a receipt as the log's next leaf. */
  appendLeaf(receipt: R): number {
    const leafIndex = this.loaded.leafCount + this.leaves.size;
    this.put(this.leaves, leafIndex, { leafIndex, receipt });
    return leafIndex;
  }
}

/** What a lease, an end or the price of an offer replaces in a job. */
type JobChange = LeaseJob['lease'] | JobEnd | Bargain;
type Bargain = Required<Pick<Job, 'state' | 'epoch' | 'keyId' | 'hold' | 'unitPrice' | 'demands'>>;

/** A draft of any storage: what rules need to know of it. */
export type AnyDraft = Draft<NewJob, unknown>;

type HeadChange = Pick<Job, 'state' | 'epoch' | 'nodeId'> & Partial<Pick<Job, 'keyId' | 'hold'>>;

function headOf(job: JobHead, change: HeadChange): JobHead {
  const { id, accountId, service, createdAt } = job;
  const { state, epoch, nodeId = job.nodeId, keyId = job.keyId, hold = job.hold } = change;
  return {
    id,
    accountId,
    service,
    createdAt,
    state,
    hold,
    epoch,
    ...(keyId !== undefined && { keyId }),
    ...(nodeId !== undefined && { nodeId }),
  };
}
