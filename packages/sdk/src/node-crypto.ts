/** The only file here that needs Node; it is loaded when a receipt is verified without crypto of the caller's own. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import type { ReceiptCrypto } from '@plexus/protocol';

/** Source: RFC 8410, section 4: what stands before a raw Ed25519 public key in SubjectPublicKeyInfo. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** SHA-256 and Ed25519 of Node. */
export const nodeCrypto: ReceiptCrypto = {
  sha256: (data) => createHash('sha256').update(data).digest(),
  verify(publicKey, message, signature) {
    try {
      const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
      return verify(null, message, key, signature);
    } catch {
      // Not a key: then nothing is signed by it.
      return false;
    }
  },
};
