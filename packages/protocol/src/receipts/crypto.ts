/** The three primitives that receipts need, injected so that the same code runs in Node and in a browser. */
export interface ReceiptCrypto {
  /** SHA-256 of the bytes: 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
  /** Verifies a 64-byte Ed25519 signature under a raw 32-byte public key. Never throws. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** A key that signs: the node's own, or the coordinator's. */
export interface Signer {
  /** Raw 32-byte Ed25519 public key in standard base64. */
  readonly publicKey: string;
  /** First 16 hex digits of the SHA-256 of the raw public key. */
  readonly keyId: string;
  /** A 64-byte Ed25519 signature. */
  sign(message: Uint8Array): Uint8Array;
}
