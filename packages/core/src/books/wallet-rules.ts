import { formatCredits } from '@plexus/protocol';
import { emptyAccount } from '../accounts/account.ts';
import { DomainError } from '../errors.ts';
import { addToStake, readyAfter, type Stake } from '../wallet/stake.ts';
import type {
  MatureCooldown,
  NameAddress,
  OpenClaim,
  SendCredits,
  Sent,
  StakeCredits,
  Staked,
  UnstakeCredits,
  Unstaked,
} from '../wallet/wallet-commands.ts';
import { keepClaim, takeClaim } from './claim-rules.ts';
import type { AnyDraft } from './draft.ts';
import { spendOnKey } from './key-limit.ts';

/** What was sent to the address before it had an owner comes along, also what came while it was named. */
export function nameAddress(draft: AnyDraft, { address, accountId, at }: NameAddress): void {
  draft.getAccount(accountId);
  const owner = draft.findAddress(address);
  if (owner !== undefined && owner !== accountId) throw new RangeError(`The address ${address} has another owner`);
  if (owner === undefined) draft.put(draft.addresses, address, accountId);
  const waiting = draft.findAccount(address);
  if (!waiting) return;
  draft.move({
    kind: 'send',
    debit: { accountId: address, part: 'available' },
    credit: { accountId, part: 'available' },
    amount: waiting.available,
    at,
  });
}

/** @returns the answer, which a repetition gets again */
export function sendCredits(draft: AnyDraft, command: SendCredits): string {
  const { accountId, keyId, payeeId, to, amount, fee, feesId, reference, memo, at } = command;
  return once(draft, command.claim, () => {
    const debit = { accountId, part: 'available' } as const;
    draft.requireCovered(debit, amount + fee);
    spendOnKey(draft, keyId, amount + fee);
    if (payeeId === to && !draft.findAccount(to)) {
      draft.put(draft.accounts, to, emptyAccount({ id: to, kind: 'custody', name: to, createdAt: at }));
    }
    const credit = { accountId: payeeId, part: 'available' } as const;
    const noted = { reference, ...(memo !== undefined && { memo }) };
    draft.move({ kind: 'send', debit, credit, amount, ...noted, at });
    draft.move({ kind: 'fee', debit, credit: { accountId: feesId, part: 'available' }, amount: fee, at });
    return { reference, at: at.toISOString() } satisfies Sent;
  });
}

/** Counts on the key's limit as a send does: for so long nobody can have these credits. */
export function stakeCredits(draft: AnyDraft, command: StakeCredits): string {
  const { accountId, keyId, amount, at } = command;
  return once(draft, command.claim, () => {
    const debit = { accountId, part: 'available' } as const;
    draft.requireCovered(debit, amount);
    spendOnKey(draft, keyId, amount);
    draft.move({ kind: 'stake', debit, credit: { accountId, part: 'staked' }, amount, at });
    const stake = addToStake(draft.findStake(accountId), command);
    draft.put(draft.stakes, accountId, stake);
    const { available, staked } = draft.getAccount(accountId);
    return {
      amount: String(stake.amount),
      durationDays: stake.durationDays,
      startedAt: stake.startedAt.toISOString(),
      unlockAt: stake.unlockAt.toISOString(),
      available: String(available),
      staked: String(staked),
    } satisfies Staked;
  });
}

/** Counts on the key's limit too: a key may end no more of a stake than it could have made. */
export function unstakeCredits(draft: AnyDraft, command: UnstakeCredits): string {
  const { accountId, keyId, cooldownId, amount, at } = command;
  return once(draft, command.claim, () => {
    const stake = requireUnlocked(draft.findStake(accountId), amount, at);
    spendOnKey(draft, keyId, amount);
    const readyAt = readyAfter(at);
    const debit = { accountId, part: 'staked' } as const;
    draft.move({ kind: 'unstake', debit, credit: { accountId, part: 'cooling' }, amount, at });
    draft.put(draft.stakes, accountId, { ...stake, amount: stake.amount - amount });
    draft.put(draft.cooldowns, cooldownId, { id: cooldownId, accountId, amount, startedAt: at, readyAt });
    return { amount: String(amount), readyAt: readyAt.toISOString() } satisfies Unstaked;
  });
}

/** Before its time nothing happens, and after it once. */
export function matureCooldown(draft: AnyDraft, { cooldownId, accountId, at }: MatureCooldown): void {
  const cooldown = draft.findCooldown(cooldownId);
  if (!cooldown || cooldown.accountId !== accountId) throw new RangeError(`There is no cooldown ${cooldownId}`);
  if (cooldown.maturedAt || cooldown.readyAt > at) return;
  draft.move({
    kind: 'cooled',
    debit: { accountId, part: 'cooling' },
    credit: { accountId, part: 'available' },
    amount: cooldown.amount,
    at,
  });
  draft.put(draft.cooldowns, cooldownId, { ...cooldown, maturedAt: at });
}

function requireUnlocked(stake: Stake | undefined, amount: bigint, at: Date): Stake {
  const staked = stake?.amount ?? 0n;
  if (!stake || staked < amount) {
    const figures = { required: formatCredits(amount), available: formatCredits(staked) };
    throw new DomainError('INSUFFICIENT_BALANCE', `Only ${figures.available} are staked`, figures);
  }
  if (stake.unlockAt <= at) return stake;
  const day = stake.unlockAt.toISOString().slice(0, 10);
  throw new DomainError('INVALID_INPUT', `The stake is locked until ${day}`, { field: 'amount' });
}

/** Does it, or gives the answer of the same command again. */
function once(draft: AnyDraft, claim: OpenClaim | undefined, run: () => object): string {
  const earlier = takeClaim(draft, claim);
  if (earlier !== undefined) return earlier;
  const answer = JSON.stringify(run());
  keepClaim(draft, claim, answer);
  return answer;
}
