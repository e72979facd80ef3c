import { expect, it, vi } from 'vitest';
import type { Account } from '../../src/accounts/account.ts';
import { type CooldownKeeperDeps, startCooldownKeeper } from '../../src/wallet/cooldown-keeper.ts';

it('tells of an account whose credits are free though those of another could not be freed', async () => {
  const commit = async ({ accountId }: { accountId: string }) => {
    if (accountId === 'broken') throw new Error('The disk is full');
    return { accounts: [{ id: accountId }] };
  };
  const due = ['broken', 'whole'].map((accountId) => ({ id: `cooldown of ${accountId}`, accountId }));
  const books = { commit, read: { listDueCooldowns: async () => due } };
  let look: () => void = () => undefined;
  const timers = { after: (_: number, run: () => void) => ((look = run), () => undefined) };
  const onAccounts = vi.fn<(accounts: readonly Account[]) => void>();
  const onError = vi.fn<(error: unknown) => void>();
  const deps = { books, timers, clock: () => new Date(), onAccounts, onError };
  const keeper = startCooldownKeeper(deps as unknown as CooldownKeeperDeps);
  look();
  await keeper.stop();
  expect(onAccounts.mock.calls).toEqual([[[{ id: 'whole' }]]]);
  expect(onError).toHaveBeenCalledOnce();
});
