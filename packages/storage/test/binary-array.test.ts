import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Cell, encodeArray } from '../src/postgres/binary-array.ts';

/** The cells as bytes, read as PostgreSQL's array_recv does it. */
function cellsIn(array: Buffer): (Buffer | null)[] {
  const [dimensions, hasNull] = [array.readInt32BE(0), array.readInt32BE(4)];
  if (dimensions === 0) return [];
  const cells: (Buffer | null)[] = [];
  let at = 20;
  for (let left = array.readInt32BE(12); left > 0; left--) {
    const bytes = array.readInt32BE(at);
    at += 4;
    cells.push(bytes === -1 ? null : array.subarray(at, at + bytes));
    at += Math.max(bytes, 0);
  }
  expect(at).toBe(array.length);
  expect(hasNull).toBe(Number(cells.includes(null)));
  return cells;
}

const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(fc.option(arbitrary), { maxLength: 40 });

it('gives back every whole number, as text would', () => {
  const whole = fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
  fc.assert(
    fc.property(orNull(whole), (cells) => {
      const read = cellsIn(encodeArray('int8', cells)).map((bytes) => bytes && bytes.readBigInt64BE());
      expect(read).toEqual(cells.map((cell) => (cell === null ? null : BigInt(cell))));
    }),
  );
});

it('gives back every text and all bytes, short and long', () => {
  const long = fc.nat(20).map((times) => '€uro'.repeat(times * 1000));
  fc.assert(
    fc.property(orNull(fc.oneof(fc.string({ unit: 'grapheme' }), long)), (cells) => {
      const read = cellsIn(encodeArray('text', cells)).map((bytes) => bytes && bytes.toString('utf8'));
      expect(read).toEqual(cells);
    }),
  );
  fc.assert(
    fc.property(orNull(fc.uint8Array({ maxLength: 300 })), (cells) => {
      const read = cellsIn(encodeArray('bytea', cells)).map((bytes) => bytes && new Uint8Array(bytes));
      expect(read).toEqual(cells);
    }),
  );
});

it.each<[Parameters<typeof encodeArray>[0], Cell]>([
  ['int8', 2n ** 63n],
  ['int8', 0.5],
  ['int8', 2 ** 53],
  ['int8', '1'],
  ['text', 1],
  ['float8', '1'],
  ['bytea', 'x'],
])('refuses for a column of type %s the value %s', (type, cell) => {
  expect(() => encodeArray(type, [cell])).toThrow();
});
