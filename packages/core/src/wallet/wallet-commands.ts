import type { Claim } from '../books/commands.ts';

/** A claim whose answer the rule itself makes. */
export type OpenClaim = Omit<Claim, 'answer'>;

/**
 * Makes an account known by its address. What was sent there before anybody had it waits in an account whose id is the
 * address, and is handed over. Safe to repeat.
 */
export interface NameAddress {
  readonly type: 'nameAddress';
  readonly address: string;
  readonly accountId: string;
  readonly at: Date;
}

/** Sends credits to an address. The answer is a `Sent` as JSON. */
export interface SendCredits {
  readonly type: 'sendCredits';
  /** Of the transaction, which the journal keeps. */
  readonly reference: string;
  readonly accountId: string;
  readonly keyId: string;
  readonly from: string;
  readonly to: string;
  /** Who has the address, or the address itself while nobody has. */
  readonly payeeId: string;
  /** Micro-credits. */
  readonly amount: bigint;
  readonly fee: bigint;
  readonly feesId: string;
  readonly memo?: string;
  readonly claim?: OpenClaim;
  readonly at: Date;
}

/** Locks credits for some days. The answer is a `Staked` as JSON. */
export interface StakeCredits {
  readonly type: 'stakeCredits';
  readonly accountId: string;
  readonly keyId: string;
  readonly amount: bigint;
  readonly durationDays: number;
  readonly claim?: OpenClaim;
  readonly at: Date;
}

/** Takes credits out of a stake; they cool down before they are available. The answer is an `Unstaked` as JSON. */
export interface UnstakeCredits {
  readonly type: 'unstakeCredits';
  readonly cooldownId: string;
  readonly accountId: string;
  readonly keyId: string;
  readonly amount: bigint;
  readonly claim?: OpenClaim;
  readonly at: Date;
}

/** Makes cooled credits available; one that did so already is passed over. */
export interface MatureCooldown {
  readonly type: 'matureCooldown';
  readonly cooldownId: string;
  readonly accountId: string;
  readonly at: Date;
}

/** Amounts in answers are micro-credits as text, times ISO text. */
export interface Sent {
  readonly reference: string;
  readonly at: string;
}

export interface Staked {
  readonly amount: string;
  readonly durationDays: number;
  readonly startedAt: string;
  readonly unlockAt: string;
  readonly available: string;
  readonly staked: string;
}

export interface Unstaked {
  readonly amount: string;
  readonly readyAt: string;
}
