/**
 * A check of receipts that shares nothing with the product: node:crypto, and the rules of contract/aitbc.md, "Receipt".
 * Signed bytes are JSON with keys in code point order, no blanks, nulls dropped, non-ASCII escaped, and no fractions.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
type Fields = { [name: string]: Json };

/** What the miner signs of a receipt. Source: contract/aitbc.md. */
const SIGNED = 'version receipt_id job_id miner_id client units unit_type price started_at completed_at metadata'.split(
  ' ',
);

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'string') return ascii(JSON.stringify(value));
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not signed`);
    return String(value);
  }
  if (typeof value !== 'object' || value === null) return String(value);
  const names = Object.keys(value).filter((name) => value[name] !== null && value[name] !== undefined);
  const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8')));
  return `{${sorted.map((name) => `${canonical(name)}:${canonical(value[name] ?? null)}`).join(',')}}`;
}

function ascii(text: string): string {
  return text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Whether the miner's signature covers the receipt. */
export function isSignedByMiner(receipt: Fields): boolean {
  const { alg, sig, public_key, key_id } = receipt['signature'] as Record<string, string>;
  const named = createHash('sha256')
    .update(Buffer.from(public_key ?? '', 'base64'))
    .digest('hex')
    .startsWith(key_id ?? '');
  return alg === 'Ed25519' && named && isSigned(payloadOf(receipt), sig, public_key);
}

/** How many attestations are good, and by this coordinator. */
export function goodAttestations(receipt: Fields, coordinatorKey: string): number {
  const sha256 = createHash('sha256').update(payloadOf(receipt)).digest('hex');
  const { price = null, units = null, receipt_id = null } = receipt;
  const attestations = receipt['attestations'] as Record<string, string>[];
  return attestations.filter(({ type = '', timestamp = '', signature, public_key }) => {
    const message = canonical({ type, timestamp, receipt_id, receipt_sha256: sha256, price, units });
    return public_key === coordinatorKey && isSigned(message, signature, public_key);
  }).length;
}

function payloadOf(receipt: Fields): string {
  return canonical(Object.fromEntries(SIGNED.map((name) => [name, receipt[name] ?? null])));
}

function isSigned(message: string, sig = '', publicKey = ''): boolean {
  const x = Buffer.from(publicKey, 'base64').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, Buffer.from(message), key, Buffer.from(sig, 'base64'));
}
