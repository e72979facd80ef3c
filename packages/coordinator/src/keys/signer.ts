import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { keyIdOf, type Signer } from '@plexus/protocol';
import { createReceiptCrypto } from './receipt-crypto.ts';
import { readOrCreateSecret } from './secret-file.ts';

/** Bytes of a raw Ed25519 public key, which end its DER form. */
const RAW_KEY_BYTES = 32;

/** The coordinator's own key, made at first start. */
export function loadSigner(file: string): Signer & { readonly privateKey: KeyObject } {
  const pem = readOrCreateSecret(file, () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  });
  const privateKey = createPrivateKey(pem.text);
  const raw = createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).subarray(-RAW_KEY_BYTES);
  return {
    privateKey,
    publicKey: raw.toString('base64'),
    keyId: keyIdOf(createReceiptCrypto(), raw),
    sign: (message) => sign(null, message, privateKey),
  };
}
