import { Address } from '@ton/core';
import { WalletContractV5R1 } from '@ton/ton';
import { expect, it } from 'vitest';
import { rawAddress } from '../src/index.ts';

const { address } = WalletContractV5R1.create({ workchain: 0, publicKey: Buffer.alloc(32, 7) });
const RAW = address.toRawString();

it.each(
  [true, false].flatMap((urlSafe) =>
    [true, false].flatMap((bounceable) => [true, false].map((testOnly) => ({ urlSafe, bounceable, testOnly }))),
  ),
)('reads an address as %o', (form) => expect(rawAddress(address.toString(form))).toBe(RAW));

it('reads raw addresses, of the masterchain too', () => {
  expect(rawAddress(RAW)).toBe(RAW);
  expect(rawAddress(RAW.toUpperCase())).toBe(RAW);
  expect(rawAddress(new Address(-1, Buffer.alloc(32, 9)).toRawString())).toBe(`-1:${'09'.repeat(32)}`);
});

it('refuses every text that has one letter wrong', () => {
  const text = address.toString();
  for (let at = 0; at < text.length; at++) {
    const wrong = text.slice(0, at) + (text.charAt(at) === 'A' ? 'B' : 'A') + text.slice(at + 1);
    expect(rawAddress(wrong), wrong).toBeUndefined();
  }
});

it.each(['', 'UQAbc...xyz', RAW.slice(1), `${RAW}0`, `0:${'g'.repeat(64)}`, `${address.toString()}A`, ' '])(
  'refuses %j',
  (text) => expect(rawAddress(text)).toBeUndefined(),
);
