import Type, { type Static } from 'typebox';

/** Facts of the work that only its node knows, all integers or text (canonical JSON has no floats). */
const WorkMetadata = Type.Record(Type.String({ maxLength: 64 }), Type.Union([Type.String(), Type.Integer()]));

/**
 * What a node's signature covers. Amounts are decimal text in credits, `units` a whole number.
 * @see contract/aitbc.md, "Receipt"
 */
export const ReceiptPayload = Type.Object({
  version: Type.Literal('1.0'),
  receipt_id: Type.String(),
  job_id: Type.String(),
  miner_id: Type.String(),
  client: Type.String(),
  units: Type.Integer({ minimum: 0 }),
  unit_type: Type.String(),
  /** Units times the unit price: what the client pays. */
  price: Type.String(),
  started_at: Type.String(),
  completed_at: Type.String(),
  metadata: WorkMetadata,
});
export type ReceiptPayload = Static<typeof ReceiptPayload>;

/** Where a receipt stands in the batch that its node signed at once. Hashes are standard base64. */
const BatchProof = Type.Object({
  index: Type.Integer({ minimum: 0 }),
  size: Type.Integer({ minimum: 1, maximum: 65_536 }),
  path: Type.Array(Type.String(), { maxItems: 16 }),
});

/**
 * The signature of a node, or of the coordinator for a custodial node. `Ed25519` signs the canonical
 * payload itself; `Ed25519-MerkleBatch` signs the RFC 9162 root over the payloads of one batch.
 */
export const ReceiptSignature = Type.Object({
  alg: Type.Union([Type.Literal('Ed25519'), Type.Literal('Ed25519-MerkleBatch')]),
  /** First 16 hex digits of the SHA-256 of the raw public key. */
  key_id: Type.String(),
  sig: Type.String(),
  public_key: Type.String(),
  batch: Type.Optional(BatchProof),
});
export type ReceiptSignature = Static<typeof ReceiptSignature>;

/** The coordinator's word that it counted the same units and price. */
export const Attestation = Type.Object({
  type: Type.Literal('completion'),
  timestamp: Type.String(),
  /** The same text as `sig`: the name that AITBC's page prints. */
  signature: Type.String(),
  alg: Type.Literal('Ed25519'),
  key_id: Type.String(),
  sig: Type.String(),
  public_key: Type.String(),
});
export type Attestation = Static<typeof Attestation>;

/** A signed tree head of the receipt log. */
export const TreeHead = Type.Object({
  log_id: Type.String(),
  tree_size: Type.Integer({ minimum: 0 }),
  root_hash: Type.String(),
  timestamp: Type.String(),
  key_id: Type.String(),
  sig: Type.String(),
  public_key: Type.String(),
});
export type TreeHead = Static<typeof TreeHead>;

export const InclusionProof = Type.Object({
  leaf_index: Type.Integer({ minimum: 0 }),
  path: Type.Array(Type.String(), { maxItems: 64 }),
  tree_head: TreeHead,
});
export type InclusionProof = Static<typeof InclusionProof>;

export const ConsistencyProof = Type.Object({
  first: TreeHead,
  second: TreeHead,
  path: Type.Array(Type.String(), { maxItems: 128 }),
});
export type ConsistencyProof = Static<typeof ConsistencyProof>;

/** A receipt as clients get it: flat payload, signature, attestations, and its place in the log. */
export const Receipt = Type.Object({
  ...ReceiptPayload.properties,
  signature: ReceiptSignature,
  /** True when the node had no key of its own and the coordinator signed in its place. */
  custodial: Type.Optional(Type.Literal(true)),
  attestations: Type.Array(Attestation),
  created_at: Type.String(),
  inclusion: Type.Optional(InclusionProof),
  consistency: Type.Optional(ConsistencyProof),
});
export type Receipt = Static<typeof Receipt>;
