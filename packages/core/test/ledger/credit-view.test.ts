import { expect, it } from 'vitest';
import type { Account } from '../../src/accounts/account.ts';
import { createCreditView } from '../../src/ledger/credit-view.ts';

const read = { findAccount: async (id: string) => ({ id, available: 10n }) as Account };

it.each([true, false])('refuses to set less than nothing aside (sole writer: %s)', async (isSoleWriter) => {
  const credits = createCreditView({ read: read as never, isSoleWriter });
  await expect(credits.reserve('a', -1n)).rejects.toThrow('A hold cannot be negative: -1');
  // What was refused has given nobody more to spend.
  await expect(credits.reserve('a', 11n)).rejects.toMatchObject({ code: 'INSUFFICIENT_BALANCE' });
  await expect(credits.reserve('a', 10n)).resolves.toBeUndefined();
});

it('keeps what is set aside when so many accounts are remembered that idle ones are forgotten at the same moment', async () => {
  const credits = createCreditView({ read: read as never, isSoleWriter: true });
  for (let i = 0; i < 9_999; i++) await credits.reserve(`idle ${i}`, 0n);
  await Promise.all([credits.reserve('a', 10n), credits.reserve('b', 10n)]);
  await expect(credits.reserve('a', 1n)).rejects.toMatchObject({ code: 'INSUFFICIENT_BALANCE' });
  await expect(credits.reserve('b', 1n)).rejects.toMatchObject({ code: 'INSUFFICIENT_BALANCE' });
});
