import { expect, test } from 'vitest';
import { askedRange } from '../src/artifacts/byte-range.ts';

test.each([
  [undefined, 'whole'],
  ['', 'whole'],
  ['bytes=-', 'whole'],
  ['bytes=0-4', { first: 0, last: 4 }],
  ['bytes=0-', { first: 0, last: 9 }],
  ['bytes=3-99', { first: 3, last: 9 }],
  ['bytes=9-9', { first: 9, last: 9 }],
  ['bytes=-1', { first: 9, last: 9 }],
  ['bytes=-99', { first: 0, last: 9 }],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=10-', 'unsatisfiable'],
  ['bytes=99-100', 'unsatisfiable'],
  ['bytes=4-2', 'whole'],
  ['bytes=0-1,4-5', 'whole'],
  ['items=0-1', 'whole'],
  ['bytes=a-b', 'whole'],
])('of ten bytes %j is %j', (header, asked) => {
  expect(askedRange(header, 10)).toEqual(asked);
});

test('an empty file has no last bytes', () => {
  expect(askedRange('bytes=-5', 0)).toBe('unsatisfiable');
  expect(askedRange(undefined, 0)).toBe('whole');
});
