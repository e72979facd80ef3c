import type { Account } from '../accounts/account.ts';
import type { Books } from '../books/books.ts';
import type { Timers } from '../jobs/live-job.ts';
import { type Repeating, startRepeating } from '../repeating.ts';
import type { Cooldown } from './stake.ts';

/** What is due is looked for so often. */
const LOOK_EVERY_MS = 1000;
/** Looked at in one go. */
const AT_ONCE = 100;

export interface CooldownKeeperDeps {
  readonly books: Pick<Books, 'commit' | 'read'>;
  readonly timers: Timers;
  readonly clock: () => Date;
  readonly onAccounts: (accounts: readonly Account[]) => void;
  readonly onError: (error: unknown) => void;
}

/** Makes credits available that have cooled down, until it is stopped. */
export function startCooldownKeeper({ books, timers, clock, onAccounts, onError }: CooldownKeeperDeps): Repeating {
  async function mature(): Promise<void> {
    const due = await books.read.listDueCooldowns(clock(), AT_ONCE);
    const free = async ({ id: cooldownId, accountId }: Cooldown): Promise<void> => {
      const { accounts } = await books.commit({ type: 'matureCooldown', cooldownId, accountId, at: clock() });
      onAccounts(accounts);
    };
    await Promise.all(due.map(free));
  }

  return startRepeating(timers, LOOK_EVERY_MS, async () => {
    await mature().catch(onError);
    return LOOK_EVERY_MS;
  });
}
