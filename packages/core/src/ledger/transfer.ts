import type { BalancePart } from '../accounts/account.ts';

/**
 * Why credits moved. `hold` and `release` move between the parts of one account, and so do `stake`, `unstake` and
 * `cooled`; a `share` goes from the node that was paid for a job to another that did a part of it.
 */
export type TransferKind =
  | 'grant'
  | 'register_bonus'
  | 'hold'
  | 'release'
  | 'charge'
  | 'share'
  | 'fee'
  | 'custodial_release'
  | 'send'
  | 'stake'
  | 'unstake'
  | 'cooled'
  | 'proof_reward';

export interface Purse {
  readonly accountId: string;
  readonly part: BalancePart;
}

/**
 * One journal entry with its two postings: `amount` leaves `debit` and enters `credit`, so that every
 * entry sums to zero by construction and so does the sum over all accounts.
 */
export interface Transfer {
  readonly kind: TransferKind;
  readonly debit: Purse;
  readonly credit: Purse;
  /** Micro-credits, greater than zero. */
  readonly amount: bigint;
  readonly jobId?: string;
  readonly memo?: string;
  /** The transaction's own id, where it has one beside its number. */
  readonly reference?: string;
  readonly at: Date;
}

/** What an account sees of an entry: what went out of it, or what came in. */
export interface Posting {
  readonly entry: JournalEntry;
  readonly side: 'in' | 'out';
}

/** A transfer as it is read back, numbered in the order of the journal. */
export interface JournalEntry extends Transfer {
  readonly sequence: number;
}
