/** What programs trip over. */
import { Verbatim } from './json-text.ts';

const words = (text: string): readonly string[] => text.split(' ');

/** Names that JavaScript objects have by themselves, and names that are no words. */
export const NASTY_NAMES: readonly string[] = [
  words('__proto__ constructor prototype toString valueOf hasOwnProperty toJSON then length'),
  words('0 -1 x.y a/b ~1 $ref %00'),
  ['', ' ', '\u0000', '\ud800', '\u202e', 'a'.repeat(300)],
].flat();

export const NASTY_TEXTS: readonly string[] = [
  ['', ' ', '\u0000', 'a\u0000b', '\ud800', '\udfff\ud800', 'a\ud83d', '\ufeff', '\uffff', '\u202eevil', '\r\n'],
  ['x'.repeat(201), 'x'.repeat(70_000), '\ud800'.repeat(300), '𝒳'.repeat(150), '9'.repeat(40), '1'.repeat(20)],
  ["'; DROP TABLE account;--", '"\\', '[object Object]', '{}', '[]', '%s%n', '${7*7}', '{{7*7}}', '<script>'],
  words('0 -0 1e3 0x10 NaN Infinity true null undefined __proto__ constructor hasOwnProperty -1 +1 1,5 ٣'),
  words('../../../etc/passwd ..%2f.. http://127.0.0.1:1/ file:///etc/passwd 00000000-0000-0000-0000-000000000000'),
  words('999999999.999999 0.0000001 0000000001 2026-02-30T00:00:00Z 9999-12-31T23:59:60Z'),
].flat();

const verbatim = (text: string): Verbatim => new Verbatim(text);

export const NASTY_NUMBERS: readonly (number | Verbatim)[] = [
  [0, -0, -1, 0.1, -0.1, 1e-320, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53, 2 ** 53 + 2, -(2 ** 53), 2 ** 63, 1e300],
  words('1e400 -1e400 123456789012345678901234567890 -0.0 1E+2 0.00000000000000000000000001').map(verbatim),
].flat();

const nested = (depth: number, open: string, close: string): Verbatim =>
  verbatim(open.repeat(depth) + '1' + close.repeat(depth));

/** Things of every type, among them such that no value of JavaScript is written as. */
export const NASTY_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  {},
  { a: null },
  { length: -1 },
  { toJSON: 1 },
  { toString: 1, valueOf: 1 },
  [],
  [[]],
  [null],
  Array.from({ length: 3000 }, (_, at) => at),
  nested(63, '[', ']'),
  nested(65, '[', ']'),
  nested(66, '{"a":', '}'),
  nested(20_000, '[', ']'),
  nested(20_000, '{"a":', '}'),
  verbatim('{"then":1}'),
  verbatim('{"a":1,"a":2}'),
  verbatim('{"__proto__":{"role":"operator"}}'),
  verbatim('{"constructor":{"prototype":{"x":1}}}'),
  ...NASTY_TEXTS,
  ...NASTY_NUMBERS,
];
