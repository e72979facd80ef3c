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
