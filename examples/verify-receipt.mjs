// Checks that a receipt was signed by its node, with nothing but Node.js: node examples/verify-receipt.mjs receipt.json
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

const SIGNED = 'version receipt_id job_id miner_id client units unit_type price started_at completed_at metadata'.split(
  ' ',
);

/** Keys in the order of their code points, no blanks, no nulls, whole numbers only, and nothing that is not ASCII. */
function canonical(value) {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError(`${value} cannot be signed`);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const names = Object.keys(value).filter((name) => (value[name] ?? null) !== null);
    names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return `{${names.map((name) => `${canonical(name)}:${canonical(value[name])}`).join(',')}}`;
  }
  const escape = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, escape);
}

/** What a base64 text says; nothing, which no signature and no hash is, where it is not written in the one right way. */
function bytesOf(text) {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : Buffer.of();
}

const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();

/** The root of a batch's Merkle tree, from one of its receipts up. Source: RFC 9162, section 2.1.3.2. */
function batchRoot(payload, { index, size, path }) {
  if (![index, size].every(Number.isSafeInteger) || index < 0 || index >= size) return undefined;
  let hash = sha256(Buffer.of(0), payload);
  let [at, last] = [index, size - 1];
  for (const text of path) {
    const sibling = bytesOf(text);
    const isRight = at % 2 === 1 || at === last;
    hash = isRight ? sha256(Buffer.of(1), sibling, hash) : sha256(Buffer.of(1), hash, sibling);
    while (isRight && at % 2 === 0 && at > 0) [at, last] = [at >> 1, last >> 1];
    [at, last] = [at >> 1, last >> 1];
  }
  return last === 0 ? hash : undefined;
}

/** What a signature of this kind is over. Receipts that end together may share one, over the root of their tree. */
function messageOf(payload, { alg, batch }) {
  if (alg === 'Ed25519' && batch === undefined) return payload;
  const root = alg === 'Ed25519-MerkleBatch' && batch ? batchRoot(payload, batch) : undefined;
  return root && Buffer.from(`plexus receipt batch v1\n${root.toString('base64')}`);
}

const file = JSON.parse(readFileSync(process.argv[2] ?? 0, 'utf8'));
const receipt = file?.receipt ?? file;
if (typeof receipt?.signature?.sig !== 'string') throw new Error('This is no receipt: it has no signature');
const { sig, public_key, key_id } = receipt.signature;
const payload = Buffer.from(canonical(Object.fromEntries(SIGNED.map((name) => [name, receipt[name]]))));
const key = Buffer.from(public_key, 'base64');
const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') };
const message = messageOf(payload, receipt.signature);
const isSigned = message && verify(null, message, createPublicKey({ key: jwk, format: 'jwk' }), bytesOf(sig));
// A key's name is the first 16 hex digits of its hash, and there is one way to write the key itself.
const isNamed = sha256(key).toString('hex').slice(0, 16) === key_id && key.toString('base64') === public_key;
console.log(isSigned && isNamed ? `signed by the key ${public_key}` : 'NOT signed by the key that it names');
process.exitCode = isSigned && isNamed ? 0 : 1;
