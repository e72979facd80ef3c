import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressOf, readAddress } from '../../src/wallet/address.ts';
import { sendFee } from '../../src/wallet/fee.ts';
import { addToStake, stakeMultiplier } from '../../src/wallet/stake.ts';

const NEURO = 1_000_000n;
const amounts = fc.bigInt({ min: 0n, max: 1_000_000n * NEURO });
const days = fc.integer({ min: 1, max: 365 });
const DAY_MS = 86_400_000;

describe('the multiplier of a stake', () => {
  test.each([
    [10_000n, 30, 1.5],
    [0n, 30, 1],
    [0n, 365, 1],
    [2500n, 30, 1.25],
    [40_000n, 30, 2],
    [1_000_000n, 365, 2],
    [39_999n, 30, 1.99],
  ])('of %s NEURO for %i days is %f', (neuro, duration, multiplier) => {
    expect(stakeMultiplier(neuro * NEURO, duration)).toBe(multiplier);
  });

  test('reaches each hundredth at the stake whose multiplier it is, and not before', () => {
    for (let above = 1; above <= 100; above += 1) {
      const exact = 4n * BigInt(above) ** 2n * NEURO;
      const multiplier = (100 + above) / 100;
      expect.soft(stakeMultiplier(exact, 30), `${exact} micro-NEURO`).toBe(multiplier);
      expect.soft(stakeMultiplier(exact - 1n, 30), `${exact - 1n} micro-NEURO`).toBe((99 + above) / 100);
    }
  });

  test('never falls as amount or days grow, and is from 1 to 2', () => {
    fc.assert(
      fc.property(amounts, amounts, days, days, (amount, more, short, longer) => {
        const base = stakeMultiplier(amount, short);
        expect(base).toBeGreaterThanOrEqual(1);
        expect(base).toBeLessThanOrEqual(2);
        expect(stakeMultiplier(amount + more, short)).toBeGreaterThanOrEqual(base);
        expect(stakeMultiplier(amount, Math.max(short, longer))).toBeGreaterThanOrEqual(base);
      }),
    );
  });
});

test('a stake that grows holds all of both, and is never free sooner', () => {
  const additions = fc.array(
    fc.record({ amount: amounts, durationDays: days, day: fc.integer({ min: 0, max: 800 }) }),
    {
      minLength: 1,
      maxLength: 8,
    },
  );
  fc.assert(
    fc.property(additions, (list) => {
      let stake: ReturnType<typeof addToStake> | undefined;
      for (const { amount, durationDays, day } of list.toSorted((a, b) => a.day - b.day)) {
        const at = new Date(day * DAY_MS + 12_345_678);
        const next = addToStake(stake, { accountId: 'a', amount: amount + 1n, durationDays, at });
        expect(next.amount).toBe(amount + 1n + (stake?.amount ?? 0n));
        expect(next.unlockAt.getTime()).toBeGreaterThanOrEqual(stake?.unlockAt.getTime() ?? 0);
        expect(next.unlockAt.getTime() - next.startedAt.getTime()).toBe(next.durationDays * DAY_MS);
        stake = next;
      }
    }),
  );
});

test('the fee is 0.1 %, rounded half up', () => {
  expect([100n * NEURO, 499n, 500n, 1499n, 1500n].map(sendFee)).toEqual([100_000n, 0n, 1n, 1n, 2n]);
});

test('an address follows from the account, and is read in any letters', () => {
  const hash = (text: string) => `${text.length}`.padStart(64, 'a');
  expect(addressOf(hash, 'x')).toMatch(/^0x[0-9a-f]{40}$/);
  expect(readAddress(`0x${'AB'.repeat(20)}`)).toBe(`0x${'ab'.repeat(20)}`);
  for (const text of ['', '0x', `0x${'a'.repeat(39)}`, `0x${'a'.repeat(41)}`, `0x${'g'.repeat(40)}`, '0xabcd...1234']) {
    expect(readAddress(text), text).toBeUndefined();
  }
});
