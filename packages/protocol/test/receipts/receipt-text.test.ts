import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leafData, payloadBytes, receiptText } from '../../src/index.ts';

const texts = fc.record({
  receipt_id: fc.string(),
  job_id: fc.string({ unit: 'binary' }),
  miner_id: fc.string(),
  client: fc.string(),
  unit_type: fc.string(),
  price: fc.string(),
  started_at: fc.string(),
  completed_at: fc.string(),
});
const payloads = fc
  .tuple(
    texts,
    fc.maxSafeNat(),
    fc.dictionary(fc.string(), fc.oneof(fc.string({ unit: 'grapheme' }), fc.maxSafeInteger())),
  )
  .map(([fields, units, metadata]) => ({ ...fields, version: '1.0' as const, units, metadata }));
const signatures = fc.oneof(
  fc.record({ alg: fc.constant('Ed25519' as const), key_id: fc.string(), sig: fc.string(), public_key: fc.string() }),
  fc.record({
    alg: fc.constant('Ed25519-MerkleBatch' as const),
    key_id: fc.string(),
    sig: fc.string(),
    public_key: fc.string(),
    batch: fc.record({ index: fc.nat(), size: fc.nat(), path: fc.array(fc.string(), { maxLength: 3 }) }),
  }),
);

test('the texts of a receipt are those that are signed and logged', () => {
  fc.assert(
    fc.property(payloads, signatures, fc.boolean(), (payload, signature, custodial) => {
      const text = receiptText(payload);
      const signed = text.sign(signature, custodial);
      expect(new TextEncoder().encode(text.payload)).toEqual(payloadBytes(payload));
      expect(signed.entry).toEqual(leafData({ ...payload, signature, ...(custodial && { custodial }) }));
      expect(JSON.parse(signed.signature)).toEqual(signature);
    }),
  );
});
