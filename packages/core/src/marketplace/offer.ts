/** An offer is open until its jobs are given away, its time is over, or its miner takes it back. */
export type OfferState = 'active' | 'used_up' | 'expired' | 'withdrawn';

/** A miner's word that it does jobs of a type for a price. Amounts are micro-credits. */
export interface Offer {
  readonly id: string;
  /** The node that does the jobs. */
  readonly nodeId: string;
  /** Who made the offer. */
  readonly accountId: string;
  /** A type of jobs, or what clients call theirs. */
  readonly jobType: string;
  /** Of one job, whatever its work comes to. */
  readonly price: bigint;
  readonly maxJobs: number;
  /** Jobs that can still be given to it. */
  readonly jobsLeft: number;
  /** What the miner says of its machine, in its own words. */
  readonly requirements: Readonly<Record<string, string>>;
  readonly state: OfferState;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** A job that was given to an offer; a job is given away once, so this goes by the job's id. */
export interface Acceptance {
  readonly jobId: string;
  readonly offerId: string;
  readonly nodeId: string;
  /** The client's. */
  readonly accountId: string;
  /** What is paid when the job completes. */
  readonly price: bigint;
  /** What the client was ready to pay. */
  readonly bid: bigint;
  readonly at: Date;
}

/** The transaction by which a job was given away is named after it. */
export function transactionIdOf(jobId: string): string {
  return `tx_${jobId}`;
}

/** What has become of an offer by now: its time ends by itself. */
export function offerStateAt({ state, expiresAt }: Pick<Offer, 'state' | 'expiresAt'>, now: Date): OfferState {
  return state === 'active' && expiresAt <= now ? 'expired' : state;
}
