import {
  leafHash,
  type ReceiptCrypto,
  type ReceiptPayload,
  type ReceiptSignature,
  type ReceiptText,
  type TreeHead,
} from '@plexus/protocol';

/** A receipt as it is kept: attestation and proofs are made when it is read. */
export interface StoredReceipt {
  readonly payload: ReceiptPayload;
  readonly signature: ReceiptSignature;
  readonly custodial: boolean;
  /** RFC 9162 leaf hash of what the log holds of it: 32 bytes. */
  readonly leafHash: Uint8Array;
  readonly createdAt: Date;
  /** Canonical texts of payload and signature, where they were made already. */
  readonly texts?: { readonly payload: string; readonly signature: string };
}

/** The receipt with the hash of what the log holds of it. */
export function storedReceipt(
  crypto: ReceiptCrypto,
  receipt: Omit<StoredReceipt, 'leafHash' | 'texts'>,
  text: ReceiptText,
): StoredReceipt {
  const { payload, signature, custodial, createdAt } = receipt;
  const signed = text.sign(signature, custodial);
  const texts = { payload: text.payload, signature: signed.signature };
  return { payload, signature, custodial, leafHash: leafHash(crypto, signed.entry), createdAt, texts };
}

/** A tile of the log: the root over one complete block of 256 hashes of the level below. */
export interface LogTile {
  /** 1 covers 256 leaves, 2 covers 65,536, and so on. */
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

export type { TreeHead };
