import { decodeBase64, encodeBase64, encodeHex } from './base64.ts';
import type { ReceiptCrypto, Signer } from './crypto.ts';

/** Source: RFC 8032, section 5.1.5 and 5.1.6. */
const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** Bytes of a key's SHA-256 that name it: 16 hex digits. */
const KEY_ID_BYTES = 8;

/** How every signature of a receipt names its key; all of it is text from outside. */
export interface KeyedSignature {
  readonly key_id: string;
  readonly sig: string;
  readonly public_key: string;
}

/** The name of a raw public key: the first 16 hex digits of its SHA-256. */
export function keyIdOf(crypto: ReceiptCrypto, publicKey: Uint8Array): string {
  return encodeHex(crypto.sha256(publicKey).subarray(0, KEY_ID_BYTES));
}

/** Signs a message and says by which key. */
export function signMessage(signer: Signer, message: Uint8Array): KeyedSignature {
  return { key_id: signer.keyId, sig: encodeBase64(signer.sign(message)), public_key: signer.publicKey };
}

/** True when the signature is by the key that it names, over exactly this message. Never throws. */
export function verifyMessage(crypto: ReceiptCrypto, message: Uint8Array, signature: KeyedSignature): boolean {
  const publicKey = decodeBase64(signature.public_key);
  const sig = decodeBase64(signature.sig);
  if (publicKey?.length !== PUBLIC_KEY_BYTES || sig?.length !== SIGNATURE_BYTES) return false;
  return keyIdOf(crypto, publicKey) === signature.key_id && crypto.verify(publicKey, message, sig);
}
