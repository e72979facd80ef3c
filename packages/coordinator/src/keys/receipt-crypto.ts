import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import type { ReceiptCrypto } from '@plexus/protocol';

/** DER header of an Ed25519 public key. Source: RFC 8410, section 4. */
const SPKI_HEADER = Buffer.from('302a300506032b6570032100', 'hex');
const KEY_BYTES = 32;
const CACHED_KEYS = 1000;

/** The receipts' primitives on node:crypto; public keys are parsed once. */
export function createReceiptCrypto(): ReceiptCrypto {
  const keys = new Map<string, KeyObject>();

  function keyOf(raw: Uint8Array): KeyObject {
    const id = Buffer.from(raw).toString('latin1');
    const known = keys.get(id);
    if (known) return known;
    const key = createPublicKey({ key: Buffer.concat([SPKI_HEADER, raw]), format: 'der', type: 'spki' });
    if (keys.size >= CACHED_KEYS) keys.clear();
    keys.set(id, key);
    return key;
  }

  return {
    sha256: (data) => hash('sha256', data, 'buffer'),
    verify(publicKey, message, signature) {
      if (publicKey.length !== KEY_BYTES) return false;
      try {
        return verify(null, message, keyOf(publicKey), signature);
      } catch {
        return false;
      }
    },
  };
}

/** SHA-256 of a text in lower-case hex. */
export function hashText(text: string): string {
  return hash('sha256', text, 'hex');
}
