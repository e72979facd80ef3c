import { canonicalBytes, canonicalJson } from '@plexus/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
);
const integer = fc.maxSafeInteger().map((value) => value + 0);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    text,
    integer,
    fc.boolean(),
    fc.array(fc.oneof(tie('json'), fc.constant(null)), { maxLength: 4 }),
    fc.dictionary(text, tie('json'), { maxKeys: 6 }),
  ),
}));

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, reversed(member)])
      .toReversed(),
  );
}

function codePoints(key: string): number[] {
  return Array.from(key, (character) => character.codePointAt(0) ?? 0);
}

function isBefore(left: readonly number[], right: readonly number[]): boolean {
  const differs = left.findIndex((point, index) => point !== right[index]);
  if (differs === -1) return left.length < right.length;
  return differs < right.length && (left[differs] ?? 0) < (right[differs] ?? 0);
}

test('printable ASCII only, and the value can be read back', () => {
  fc.assert(
    fc.property(json, (value) => {
      const written = canonicalJson(value);
      expect(written).toMatch(/^[ -~]*$/);
      expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(Buffer.from(canonicalBytes(value)).toString('latin1')).toBe(written);
    }),
  );
});

test('the order of members does not matter', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
    }),
  );
});

test('keys stand in code point order', () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', '\uD83D\uDE00', '\uFF61', '\uE000', '\uD800') });
  fc.assert(
    fc.property(fc.uniqueArray(key, { minLength: 2, maxLength: 2 }), ([left = '', right = '']) => {
      const [first = ''] = Object.keys(JSON.parse(canonicalJson({ [left]: 1, [right]: 2 })) as object);
      const [low, high] = first === left ? [left, right] : [right, left];
      expect(isBefore(codePoints(low), codePoints(high)), `${low} before ${high}`).toBe(true);
    }),
  );
});

/** Written by Python 3: json.dumps(value, sort_keys=True, separators=(',', ':')). */
test.each([
  [{ a: 'é\u007f\n\u0001😀\ud800/"\\' }, String.raw`{"a":"\u00e9\u007f\n\u0001\ud83d\ude00\ud800/\"\\"}`],
  [
    { '😀': 1, '\uff61': 2, b: [null, true, {}], B: -5 },
    String.raw`{"B":-5,"b":[null,true,{}],"\uff61":2,"\ud83d\ude00":1}`,
  ],
  [{ '10': 1, '9': 2, ab: 3, a: 4 }, '{"10":1,"9":2,"a":4,"ab":3}'],
])('%j is written as Python writes it', (value, expected) => {
  expect(canonicalJson(value)).toBe(expected);
});

test('members without a value are left out, items are not', () => {
  expect(canonicalJson({ a: null, b: undefined, c: [null], d: { e: null } })).toBe('{"c":[null],"d":{}}');
  expect(canonicalJson(JSON.parse('{"__proto__":1,"a":-0}'))).toBe('{"__proto__":1,"a":0}');
});

test.each([0.5, 1e21, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, -(2 ** 53)])(
  'the number %d is refused',
  (value) => {
    expect(() => canonicalJson({ a: [value] })).toThrow(RangeError);
  },
);

test.each([1n, undefined, () => 1, Symbol('a'), new Date(0), new Map(), new Uint8Array(2), [undefined]])(
  '%o is refused',
  (value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  },
);
