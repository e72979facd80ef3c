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

/** Counts behind a node's reputation. */
export interface NodeScore {
  readonly nodeId: string;
  readonly completed: number;
  readonly failed: number;
  readonly ratings: number;
  readonly ratingSum: number;
}
