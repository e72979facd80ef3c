/** Somebody whose machines work for the fleet and who is paid in TON. */
export interface Participant {
  readonly id: number;
  /** As it was given. */
  readonly wallet: string;
  /** The same in raw form, `0:` and 64 hex digits: one wallet has many texts. */
  readonly rawWallet: string;
  readonly telegramUserId?: number;
  readonly username?: string;
  readonly email?: string;
  readonly isActive: boolean;
  /** Whether whoever proves this wallet to be his may read and write all of the fleet. */
  readonly isOperator: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a participant has, counted. Amounts are nanoTON. */
export interface ParticipantTotals {
  readonly participantId: number;
  readonly workers: number;
  readonly activeWorkers: number;
  /** All that its workers ever earned. */
  readonly revenue: bigint;
  readonly payouts: number;
  readonly lastPayoutAt?: Date;
}

/** The account of whoever proves a wallet to be his. */
export function walletAccountId(rawWallet: string): string {
  return `ton:${rawWallet}`;
}

/** The wallet of an account that whoever proved it to be his has. */
export function walletOfAccount(accountId: string): string | undefined {
  return accountId.startsWith('ton:') ? accountId.slice('ton:'.length) : undefined;
}
