/** Money that went to a participant, on chain or by other ways. Amounts are nanoTON and millionths of a dollar. */
export interface Payout {
  readonly id: number;
  readonly participantId: number;
  readonly transactionHash: string;
  readonly amount: bigint;
  readonly usdMicro?: bigint;
  readonly fromAddress: string;
  readonly toAddress: string;
  /** Whether one of the addresses is not one, so that nobody can look it up. */
  readonly isUnverified: boolean;
  readonly transactionAt: Date;
  readonly isConfirmed: boolean;
  readonly confirmations: number;
  readonly blockNumber?: number;
  readonly periodStart?: Date;
  readonly periodEnd?: Date;
  readonly totalRequests?: number;
  readonly computeSeconds?: number;
  readonly createdAt: Date;
}

/** A payout before it has its number. */
export type NewPayout = Omit<Payout, 'id'>;

/** A participant's payouts, added up. */
export interface PayoutSums {
  readonly payouts: number;
  readonly confirmed: number;
  readonly amount: bigint;
  /** Of those whose worth is known; absent where none is. */
  readonly usdMicro?: bigint;
  readonly firstAt?: Date;
  readonly lastAt?: Date;
}

export interface PayoutFilter {
  readonly participantId?: number;
  readonly isConfirmed?: boolean;
  /** Transactions from this instant on. */
  readonly from?: Date;
  /** Transactions before this instant. */
  readonly before?: Date;
}
