import { parseQuantity } from '@plexus/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';

it.each([
  ['1000m', 1000, 1000],
  ['1', 1000, 1000],
  ['0.5', 1000, 500],
  ['.5', 1000, undefined],
  ['1.', 1, 1],
  ['250m', 1000, 250],
  ['1u', 1000, 1],
  ['100n', 1000, 1],
  ['2Gi', 1, 2 * 1024 ** 3],
  ['1.5Ki', 1, 1536],
  ['0.1Ki', 1, 103],
  ['4G', 1, 4e9],
  ['1k', 1, 1000],
  ['1e3', 1, 1000],
  ['12E2', 1, 1200],
  ['1e-1', 1, 1],
  ['0', 1, 0],
  ['7Pi', 1, 7 * 1024 ** 5],
])('reads %s times %i as %s', (text, scale, expected) => {
  if (expected === undefined) expect(() => parseQuantity(text, scale)).toThrow(RangeError);
  else expect(parseQuantity(text, scale)).toBe(expected);
});

it.each(['', 'x', '-1', '+1', '1 Gi', '1gi', '1GiB', '1K', '1e', '1e3Gi', '0x10', '1,5', 'Infinity', '٣', '9E', '9Ei'])(
  'refuses %j',
  (text) => expect(() => parseQuantity(text)).toThrow(RangeError),
);

it('never reads less than is written, nor a whole unit more', () => {
  fc.assert(
    fc.property(fc.nat({ max: 1_000_000 }), fc.nat({ max: 999 }), (whole, thousandths) => {
      const value = parseQuantity(`${whole}.${String(thousandths).padStart(3, '0')}k`);
      expect(value).toBe(whole * 1000 + thousandths);
      const rounded = parseQuantity(`${whole * 1000 + thousandths}m`);
      expect(rounded).toBe(Math.ceil((whole * 1000 + thousandths) / 1000));
    }),
  );
});
