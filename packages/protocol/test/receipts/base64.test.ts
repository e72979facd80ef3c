import { decodeBase64, encodeBase64, encodeHex } from '@plexus/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const bytes = fc.uint8Array({ maxLength: 100 });

test('any bytes are written as Buffer writes them, and read back', () => {
  fc.assert(
    fc.property(bytes, (input) => {
      expect(encodeBase64(input)).toBe(Buffer.from(input).toString('base64'));
      expect(encodeHex(input)).toBe(Buffer.from(input).toString('hex'));
      expect(decodeBase64(encodeBase64(input))).toEqual(input);
    }),
  );
});

test('a text that can be read is the only one for its bytes', () => {
  const text = fc.string({ unit: fc.constantFrom('A', 'Q', 'R', 'g', '=', '+', '/', '-', '\n'), maxLength: 8 });
  fc.assert(
    fc.property(text, (input) => {
      const read = decodeBase64(input);
      if (read) expect(encodeBase64(read)).toBe(input);
    }),
    { numRuns: 2000 },
  );
});

test.each(['A', 'AB', 'ABC', 'AR==', 'AAB=', '====', 'A===', 'QQ=', 'QQ==QQ==', 'QUJD\n', 'QUJ_', 'QUJé', 'Q=Q='])(
  '%j is not base64',
  (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  },
);
