/** Loaded when a receipt is verified without crypto of the caller's own. */
import { ed25519 } from '@noble/curves/ed25519';
import { sha256 } from '@noble/hashes/sha2';
import type { ReceiptCrypto } from '@plexus/protocol';

/** SHA-256 and Ed25519 in JavaScript: browsers have their own, but not on pages that came over plain HTTP. */
export const receiptCrypto: ReceiptCrypto = {
  sha256: (data) => sha256(data),
  verify(publicKey, message, signature) {
    try {
      // Source: RFC 8032, section 5.1.7, as Node verifies what nodes and the coordinator sign.
      return ed25519.verify(signature, message, publicKey, { zip215: false });
    } catch {
      // Not a key: then nothing is signed by it.
      return false;
    }
  },
};
