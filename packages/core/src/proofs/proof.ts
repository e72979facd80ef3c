/** What a proof is of. What was paid as a job is proven by its receipt and stands here only in lists. */
export type ProofKind = 'uptime' | 'forward' | 'training' | 'data';

/** One piece of rewarded work that is no job, signed by the node that did it. */
export interface Proof {
  /** Follows from what was signed, so that the same proof counts once. */
  readonly id: string;
  readonly nodeId: string;
  readonly kind: ProofKind;
  readonly layer?: number;
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** SHA-256 in hex over what the work was done on, and over what it came to. */
  readonly inputHash: string;
  readonly outputHash: string;
  /** By the node's own key, standard base64. */
  readonly signature: string;
  readonly verified: boolean;
  /** Micro-credits. */
  readonly reward: bigint;
}

/** A node's proofs together. */
export interface ProofTotals {
  readonly submitted: number;
  readonly verified: number;
  /** Micro-credits, of all and of those since a moment. */
  readonly reward: bigint;
  readonly rewardSince: bigint;
}

/** Keeps a proof and pays for it out of the mint; one that is kept already changes nothing. */
export interface RecordProof {
  readonly type: 'recordProof';
  readonly proof: Proof;
  /** Who is paid. */
  readonly accountId: string;
  readonly mintId: string;
}
