import type { Account } from '../accounts/account.ts';
import type { ApiKey } from '../accounts/api-key.ts';
import type { Demands, Job, JobEnd, NewJob } from '../jobs/job.ts';
import type { Offer } from '../marketplace/offer.ts';
import type { NodeRecord } from '../nodes/node-record.ts';
import type { LogTile, StoredReceipt } from '../receipts/stored-receipt.ts';
import type { TreeHead } from '@plexus/protocol';
import type { RecordProof } from '../proofs/proof.ts';
import type { RecordRound, RecordRun } from '../training/training.ts';
import type {
  MatureCooldown,
  NameAddress,
  SendCredits,
  StakeCredits,
  UnstakeCredits,
} from '../wallet/wallet-commands.ts';
import type { FleetCommand } from '../fleet/fleet-commands.ts';
import type { Delivery } from '../webhooks/delivery.ts';

/**
 * Everything that changes the books. A command is plain data: it may cross a thread or a network, is applied
 * whole or not at all, and names every account that it touches so that these can be loaded beforehand.
 *
 * A storage may hold new jobs (`J`) and receipts (`R`) in a form of its own, as long as the rules find in them what
 * they look at.
 */
export type Command<J extends NewJob = Job, R = StoredReceipt> =
  | OpenAccount
  | CreateKey
  | RevokeKey
  | GrantCredits
  | OpenJob<J>
  | RecordJob<J, R>
  | LeaseJob
  | EndJob<R>
  | NoteProgress
  | TryDelivery
  | SettleDelivery
  | ReplayDelivery
  | RotateWebhookSecret
  | RegisterNode
  | RateJob
  | ReleaseCustodial
  | NameAddress
  | SendCredits
  | StakeCredits
  | UnstakeCredits
  | MatureCooldown
  | RecordProof
  | RecordRun
  | RecordRound
  | CreateOffer
  | WithdrawOffer
  | CloseOffers
  | AcceptOffer
  | AppendTreeHead
  /** Lets the feed go on behind numbers that others may have been told of events which these books do not have. */
  | { readonly type: 'skipEvents'; readonly count: number }
  | FleetCommand;

/** Opens an account with its first key and a grant out of the mint. Safe to repeat with the same ids. */
export interface OpenAccount {
  readonly type: 'openAccount';
  readonly account: Pick<Account, 'id' | 'kind' | 'name' | 'createdAt' | 'ownerId' | 'email'>;
  readonly key?: ApiKey;
  /** Micro-credits; 0 for none. */
  readonly grant: bigint;
  readonly mintId: string;
}

export interface CreateKey {
  readonly type: 'createKey';
  readonly key: ApiKey;
}

export interface RevokeKey {
  readonly type: 'revokeKey';
  readonly keyId: string;
  readonly at: Date;
}

export interface GrantCredits {
  readonly type: 'grantCredits';
  readonly accountId: string;
  /** The key on whose limit it counts, where somebody asked for it. */
  readonly keyId?: string;
  readonly amount: bigint;
  readonly mintId: string;
  readonly memo?: string;
  /** One grant for one claim: a repetition changes nothing. */
  readonly claim?: Claim;
  readonly at: Date;
}

/** An Idempotency-Key of a command that is no job. */
export interface Claim {
  readonly accountId: string;
  readonly key: string;
  readonly requestHash: string;
  /** What the first command answered, to be answered again. */
  readonly answer: string;
}

/** Takes the hold and writes the job. */
export interface OpenJob<J extends NewJob = Job> {
  readonly type: 'openJob';
  readonly job: J;
}

/** Writes a job that ended before its hold was written: what was held and released leaves no trace but its charge. */
export interface RecordJob<J extends NewJob = Job, R = StoredReceipt> extends Settled<R> {
  readonly type: 'recordJob';
  /** As it ended. */
  readonly job: J;
}

/** What the end of a job moves and leaves besides the job itself. */
interface Settled<R> {
  /** Who is paid; together the cost. */
  readonly payments: readonly Payment[];
  readonly scores: readonly ScoreChange[];
  readonly receipt?: R;
}

/** What a node's turn at a job counts for it. */
export interface ScoreChange {
  readonly nodeId: string;
  readonly completed: number;
  readonly failed: number;
  /** Micro-credits that it is paid, without the operator's fee. */
  readonly earned: bigint;
  /** Milliseconds of a turn that it completed. */
  readonly busyMs: number;
}

/** Gives a job to another node, or back to the queue; always before that node hears of it. */
export interface LeaseJob {
  readonly type: 'leaseJob';
  readonly jobId: string;
  readonly lease: Pick<Job, 'state' | 'epoch' | 'attempts' | 'decisions'> & Pick<Job, 'nodeId' | 'startedAt'>;
}

/** Ends a job: charges what it cost, pays who did it, releases the rest, keeps the receipt. */
export interface EndJob<R = StoredReceipt> extends Settled<R> {
  readonly type: 'endJob';
  readonly jobId: string;
  readonly accountId: string;
  readonly keyId?: string;
  readonly end: JobEnd;
  /** The news of it, for a client that asked to be called back. */
  readonly delivery?: Delivery;
}

/** Tells readers of the feed how far jobs are. What is said of a job that does not run any more is passed over. */
export interface NoteProgress {
  readonly type: 'noteProgress';
  /** In whole percent. */
  readonly notes: readonly { readonly jobId: string; readonly percent: number }[];
  readonly at: Date;
}

/** Says that a delivery is about to be sent; of two senders that say so at once, one is refused. */
export interface TryDelivery {
  readonly type: 'tryDelivery';
  readonly deliveryId: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** When it is sent again, should nobody hear of the outcome. */
  readonly nextAt: Date;
}

/** Says what became of an attempt. */
export interface SettleDelivery {
  readonly type: 'settleDelivery';
  readonly deliveryId: string;
  readonly attempt: number;
  readonly result: DeliveryResult;
  readonly at: Date;
}

/** What became of an attempt; one that is to be made again says when. */
export type DeliveryResult =
  | { readonly state: 'delivered'; readonly status: number; readonly error?: never; readonly nextAt?: never }
  | { readonly state: 'pending'; readonly status?: number; readonly error: string; readonly nextAt: Date }
  | { readonly state: 'given_up'; readonly status?: number; readonly error: string; readonly nextAt?: never };

/** Sends a delivery anew, from its first attempt, whatever became of it. */
export interface ReplayDelivery {
  readonly type: 'replayDelivery';
  readonly deliveryId: string;
  readonly at: Date;
}

export interface RotateWebhookSecret {
  readonly type: 'rotateWebhookSecret';
  readonly accountId: string;
  readonly at: Date;
}

/** Who is paid for a job, or for a part of it. The payee gets the amount without the fee. */
export interface Payment {
  readonly nodeId: string;
  readonly payeeId: string;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly feesId: string;
}

/** Writes or renews a node's record; opens its account when it has none. */
export interface RegisterNode {
  readonly type: 'registerNode';
  readonly node: NodeRecord;
  readonly account?: Pick<OpenAccount, 'account' | 'grant' | 'mintId'>;
}

/** A client's opinion of a completed job of its own; a second one replaces the first. */
export interface RateJob {
  readonly type: 'rateJob';
  readonly jobId: string;
  readonly accountId: string;
  readonly nodeId: string;
  /** 1 to 5. */
  readonly rating: number;
  readonly at: Date;
}

/** Moves everything that a custody account keeps to an account with an owner. */
export interface ReleaseCustodial {
  readonly type: 'releaseCustodial';
  readonly custodyId: string;
  readonly accountId: string;
  readonly at: Date;
}

export interface CreateOffer {
  readonly type: 'createOffer';
  readonly offer: Offer;
  /** It answers with the id of the offer. */
  readonly claim?: Claim;
}

/** Takes an offer back; jobs that were given to it stay. */
export interface WithdrawOffer {
  readonly type: 'withdrawOffer';
  readonly offerId: string;
  readonly at: Date;
}

/** Says of offers that their time is over. */
export interface CloseOffers {
  readonly type: 'closeOffers';
  readonly offerIds: readonly string[];
  readonly at: Date;
}

/** Gives a waiting job to an offer: from then on it is that miner's, at that price. */
export interface AcceptOffer {
  readonly type: 'acceptOffer';
  readonly offerId: string;
  readonly jobId: string;
  /** The client's; its job. */
  readonly accountId: string;
  /** The key that accepts: the job is that key's from then on. */
  readonly keyId: string;
  /** The key that the job had before. */
  readonly submittedBy?: string;
  /** Micro-credits that the client is ready to pay. */
  readonly bid: bigint;
  /** What the job asks of its node from then on. */
  readonly demands: Demands;
  readonly at: Date;
  /** It answers with the id of the job. */
  readonly claim?: Claim;
}

/** A signed head over more leaves than the one before, with the tiles that became complete. */
interface AppendTreeHead {
  readonly type: 'appendTreeHead';
  readonly head: TreeHead;
  readonly tiles: readonly LogTile[];
}

/** What a command left behind: the accounts it touched as they are now, and what only the books could know. */
export interface Outcome {
  readonly accounts: readonly Account[];
  readonly keys: readonly ApiKey[];
  readonly receiptIndex?: number;
  /** Micro-credits that moved, where the command itself did not say how many. */
  readonly amount?: bigint;
  /** The number of what was added to the fleet. */
  readonly fleetId?: number;
  /** The answer of the first command with the same claim; absent when this was the first. */
  readonly replayed?: string;
  /** What a command of the wallet came to, as JSON; the first one's when it was repeated under its claim. */
  readonly answer?: string;
}
