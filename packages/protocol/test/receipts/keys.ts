import { createPublicKey, generateKeyPairSync, hash, sign, verify } from 'node:crypto';
import { encodeBase64, keyIdOf, type ReceiptCrypto, type Signer } from '@plexus/protocol';

/** The primitives of `ReceiptCrypto` by node:crypto. */
export const nodeCrypto: ReceiptCrypto = {
  sha256: (data) => hash('sha256', data, 'buffer'),
  verify: (publicKey, message, signature) => {
    const x = Buffer.from(publicKey).toString('base64url');
    return verify(null, message, createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } }), signature);
  },
};

/** `nodeCrypto` that counts its Ed25519 verifications. */
export function countingCrypto(): ReceiptCrypto & { readonly verified: () => number } {
  let count = 0;
  return {
    sha256: (data) => nodeCrypto.sha256(data),
    verify: (...inputs) => {
      count += 1;
      return nodeCrypto.verify(...inputs);
    },
    verified: () => count,
  };
}

export function newSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  return {
    publicKey: encodeBase64(raw),
    keyId: keyIdOf(nodeCrypto, raw),
    sign: (message) => sign(null, message, privateKey),
  };
}

/** Leaf hashes that differ from each other. */
export function leaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => nodeCrypto.sha256(Buffer.from(`leaf ${index}`)));
}

/** A copy with one bit turned over. */
export function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = Math.floor(bit / 8) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
  return copy;
}

/** The item of a list that surely has it. */
export function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`no item ${index}`);
  return item;
}
