/** What is kept of a node between its connections. */
export interface NodeRecord {
  readonly id: string;
  /** Where its rewards go. */
  readonly accountId: string;
  readonly name: string;
  /** Raw Ed25519 public key in standard base64; absent for a node of the original system. */
  readonly publicKey?: string;
  /** True when the node proved nothing: its account is a custody account, and the coordinator signs its receipts. */
  readonly custodial: boolean;
  readonly capabilities: readonly string[];
  readonly languages: readonly string[];
  readonly createdAt: Date;
}

/** What a node has done, and what was thought of it: the counts behind its reputation and its earnings. */
export interface NodeScore {
  readonly nodeId: string;
  readonly completed: number;
  readonly failed: number;
  readonly ratings: number;
  readonly ratingSum: number;
  /** Micro-credits that it was paid for work, without the operator's fee. */
  readonly earned: bigint;
  /** Milliseconds that its completed turns took. */
  readonly busyMs: number;
  /** The newest UTC day on which it earned, in days since 1970, and how much on it. */
  readonly rewardDay: number;
  readonly earnedThatDay: bigint;
}

/** The score of a node that has done nothing yet. */
export function emptyScore(nodeId: string): NodeScore {
  return {
    nodeId,
    completed: 0,
    failed: 0,
    ratings: 0,
    ratingSum: 0,
    earned: 0n,
    busyMs: 0,
    rewardDay: 0,
    earnedThatDay: 0n,
  };
}
