import type { JobState } from '../jobs/job.ts';

/** A job's new state, or how far it is while it runs. */
export interface JobUpdate {
  readonly type: 'job_update';
  readonly accountId: string;
  readonly jobId: string;
  readonly state: JobState;
  /** Whole percent from the runner; absent where the state itself is what changed. */
  readonly progressPercent?: number;
  /** The node that has, or had, the job. */
  readonly nodeId?: string;
  readonly at: Date;
}

/** A job's receipt is in the log. */
export interface ReceiptCreated {
  readonly type: 'receipt_created';
  /** The client's. */
  readonly accountId: string;
  readonly jobId: string;
  readonly at: Date;
}

/** An offer that is new or has changed, or a transaction about one; everybody may see it. */
export interface MarketplaceUpdate {
  readonly type: 'marketplace_update';
  readonly offerId: string;
  /** The offer's state in the marketplace's own words. */
  readonly status: string;
  readonly transactionId?: string;
  readonly at: Date;
}

/** A change that readers of the feed are told of. It is written in the same commit as what it tells of. */
export type FeedEvent = JobUpdate | ReceiptCreated | MarketplaceUpdate;

export type FeedEventType = FeedEvent['type'];

/** An event with its place in the order of commits: 1, 2, 3, and so on without a gap. */
export interface NumberedEvent {
  readonly sequence: number;
  readonly event: FeedEvent;
}

/** A part of the feed. */
export interface EventPage {
  /** In order. Of one account's events, the public ones among them, where only these were asked for. */
  readonly events: readonly NumberedEvent[];
  /** Up to this number nothing more is to come; the next page is asked for after it. */
  readonly through: number;
}

/** Whose event it is; nobody's is everybody's. */
export function ownerOf(event: FeedEvent): string | undefined {
  return event.type === 'marketplace_update' ? undefined : event.accountId;
}
