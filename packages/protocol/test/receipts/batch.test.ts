import { createSignatureVerifier, MAX_BATCH, signBatch, verifySignature } from '@plexus/protocol';
import type { ReceiptSignature } from '@plexus/protocol';
import { describe, expect, test } from 'vitest';
import { at, countingCrypto, newSigner, nodeCrypto } from './keys.ts';

const signer = newSigner();
const payloads = (count: number) => Array.from({ length: count }, (_, index) => Buffer.from(`payload ${index}`));

test.each([1, 2, 3, 5, 8, 33])('a batch of %i: each signature is good for its own payload only', (count) => {
  const batch = payloads(count);
  const signatures = signBatch(nodeCrypto, signer, batch);
  const verify = createSignatureVerifier(nodeCrypto);
  expect(signatures).toHaveLength(count);
  signatures.forEach((signature, index) => {
    batch.forEach((payload, other) => {
      const expected = other === index;
      expect(verifySignature(nodeCrypto, payload, signature), `${index} for ${other}`).toBe(expected);
      expect(verify(payload, signature), `${index} for ${other}, remembered`).toBe(expected);
    });
  });
});

test('one payload is signed directly, more by their root; none gives none', () => {
  expect(signBatch(nodeCrypto, signer, [])).toEqual([]);
  const [single] = signBatch(nodeCrypto, signer, payloads(1));
  expect(single).toEqual(expect.objectContaining({ alg: 'Ed25519', key_id: signer.keyId }));
  expect(single).not.toHaveProperty('batch');
  const signatures = signBatch(nodeCrypto, signer, payloads(5));
  expect(new Set(signatures.map(({ alg, sig }) => `${alg} ${sig}`)).size).toBe(1);
  expect(signatures.map(({ batch }) => batch?.path.length)).toEqual([3, 3, 3, 3, 1]);
});

test('a batch beyond the schema is refused', () => {
  const many = Array.from({ length: MAX_BATCH + 1 }, () => new Uint8Array());
  expect(() => signBatch(nodeCrypto, signer, many)).toThrow(RangeError);
});

describe('a verifier that remembers', () => {
  test('verifies Ed25519 once for a batch', () => {
    const counting = countingCrypto();
    const verify = createSignatureVerifier(counting);
    const batch = payloads(40);
    signBatch(nodeCrypto, signer, batch).forEach((signature, index) => {
      expect(verify(at(batch, index), signature)).toBe(true);
    });
    expect(counting.verified()).toBe(1);
  });

  test('does not remember what failed', () => {
    const verify = createSignatureVerifier(nodeCrypto);
    const [first] = signBatch(nodeCrypto, signer, payloads(2));
    const forged = { ...at([first], 0), sig: Buffer.alloc(64).toString('base64') } as ReceiptSignature;
    expect(verify(at(payloads(2), 0), forged)).toBe(false);
    expect(verify(at(payloads(2), 0), forged)).toBe(false);
  });

  test('keeps no more than its bound', () => {
    const counting = countingCrypto();
    const verify = createSignatureVerifier(counting);
    const batches = Array.from({ length: 257 }, (_, index) => [Buffer.from(`a${index}`), Buffer.from(`b${index}`)]);
    const signed = batches.map((batch) => at(signBatch(nodeCrypto, signer, batch), 0));
    const verifyFirst = (index: number) => verify(at(at(batches, index), 0), at(signed, index));
    expect(batches.every((_, index) => verifyFirst(index))).toBe(true);
    expect(counting.verified()).toBe(257);
    expect(verifyFirst(256)).toBe(true);
    expect(counting.verified()).toBe(257);
    expect(verifyFirst(0)).toBe(true);
    expect(counting.verified()).toBe(258);
  });
});

describe('hostile signatures are refused without an exception', () => {
  const batch = payloads(5);
  const payload = at(batch, 1);
  const good = at(signBatch(nodeCrypto, signer, batch), 1);
  const direct = at(signBatch(nodeCrypto, signer, [payload]), 0);
  const { path = [], ...place } = good.batch ?? { index: 0, size: 0 };
  const withBatch = (change: object): ReceiptSignature => ({ ...good, batch: { ...place, path, ...change } });
  const other = newSigner();
  const hostile: Record<string, ReceiptSignature> = {
    'another algorithm': { ...good, alg: 'Ed25519' },
    'no batch': { ...direct, alg: 'Ed25519-MerkleBatch' },
    'a batch beside a direct signature': { ...direct, batch: { index: 0, size: 1, path: [] } },
    'another key': { ...good, public_key: other.publicKey, key_id: other.keyId },
    "another key's id": { ...good, key_id: other.keyId },
    'a short key': { ...good, public_key: 'AAAA' },
    'a short signature': { ...good, sig: 'AAAA' },
    'text that is not base64': { ...good, sig: '%%%' },
    'index at size': withBatch({ index: 5 }),
    'negative index': withBatch({ index: -1 }),
    'a fraction as index': withBatch({ index: 1.5 }),
    'a neighbour as index': withBatch({ index: 0 }),
    'size 0': withBatch({ size: 0 }),
    'a size that makes the path too long': withBatch({ size: 2 }),
    'a size beyond all bounds': withBatch({ size: Number.MAX_VALUE }),
    'a path too long': withBatch({ path: [...path, ...path] }),
    'a path of 100,000': withBatch({ path: Array.from({ length: 100_000 }, () => path[0]) }),
    'a path too short': withBatch({ path: path.slice(1) }),
    'a path of short hashes': withBatch({ path: path.map(() => 'AAAA') }),
    'a path in another order': withBatch({ path: path.toReversed() }),
    'a path that is not base64': withBatch({ path: path.map(() => '?') }),
  };
  test.each(Object.entries(hostile))('%s', (_, signature) => {
    const verify = createSignatureVerifier(nodeCrypto);
    expect(verify(payload, good)).toBe(true);
    expect(verify(payload, signature)).toBe(false);
    expect(verifySignature(nodeCrypto, payload, signature)).toBe(false);
  });
});
