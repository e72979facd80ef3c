import { createPublicKey, hash, verify } from 'node:crypto';
import type { ReceiptCrypto } from '@plexus/protocol';

/** Lower-case hex of the SHA-256 of a text's UTF-8 bytes. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}

/** What receipts need, by node:crypto. */
export const nodeCrypto: ReceiptCrypto = {
  sha256: (data) => hash('sha256', data, 'buffer'),
  verify(publicKey, message, signature) {
    const x = Buffer.from(publicKey).toString('base64url');
    try {
      const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
      return verify(null, message, key, signature);
    } catch {
      return false;
    }
  },
};
