import { COOLDOWN_DAYS, type Idempotency, type Stake, type Staked, stakeMultiplier } from '@plexus/core';
import type { neuroshardEndpoints, Output, walletEndpoints } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import { readAmount, toNeuro } from './amounts.ts';
import type { NeuroshardDeps } from './deps.ts';
import { toTransaction } from './transactions.ts';

type Staking = Output<typeof neuroshardEndpoints.getWalletBalance>['staking'];

const DEFAULT_PAGE = 10;

/** Endpoints about the caller's own wallet. */
export function walletHandlers({ wallet }: Pick<NeuroshardDeps, 'wallet'>): Handlers<typeof walletEndpoints> {
  return {
    async getWalletBalance(_input, { caller }) {
      const { address, account, stake } = await wallet.view(caller);
      const { available, held, staked, cooling } = account;
      const pending = held + cooling;
      const total = toNeuro(available + staked + pending);
      const balances = { available: toNeuro(available), staked: toNeuro(staked), pending: toNeuro(pending), total };
      return { address, balances, staking: toStaking(stake) };
    },

    async sendNeuro({ body: { to, amount, memo } }, { caller, idempotency }) {
      const micro = readAmount(amount);
      const request = { to, amount: micro, ...(memo !== undefined && { memo }), ...once(idempotency) };
      const { reference, from, to: address, fee, at } = await wallet.send(caller, request);
      return {
        transaction_id: reference,
        from,
        to: address,
        amount: toNeuro(micro),
        fee: toNeuro(fee),
        ...(memo !== undefined && { memo }),
        status: 'confirmed',
        timestamp: at,
      };
    },

    async getWalletTransactions({ query: { limit = DEFAULT_PAGE, offset = 0 } }, { caller }) {
      const { postings, total } = await wallet.postings(caller, { limit, offset });
      const transactions = await Promise.all(postings.map((posting) => toTransaction(posting, wallet)));
      return { transactions, total, limit, offset };
    },

    async stakeNeuro({ body: { amount, duration_days: durationDays } }, { caller, idempotency }) {
      const request = { amount: readAmount(amount), durationDays, ...once(idempotency) };
      const staked = await wallet.stake(caller, request);
      const balance = { available: toNeuro(BigInt(staked.available)), staked: toNeuro(BigInt(staked.staked)) };
      return { success: true, stake: toStaking(stakeOf(staked)), new_balance: balance };
    },

    async unstakeNeuro({ body }, { caller, idempotency }) {
      const { amount, readyAt } = await wallet.unstake(caller, {
        amount: readAmount(body.amount),
        ...once(idempotency),
      });
      const unstake = { amount: toNeuro(BigInt(amount)), cooldown_days: COOLDOWN_DAYS, available_date: dayOf(readyAt) };
      return { success: true, unstake };
    },
  };
}

function once(idempotency: Idempotency | undefined): { idempotency?: Idempotency } {
  return idempotency ? { idempotency } : {};
}

type Lock = Pick<Stake, 'amount' | 'durationDays' | 'startedAt' | 'unlockAt'>;

function stakeOf({ amount, durationDays, startedAt, unlockAt }: Staked): Lock {
  return { amount: BigInt(amount), durationDays, startedAt: new Date(startedAt), unlockAt: new Date(unlockAt) };
}

function toStaking(stake: Lock | undefined): Staking {
  if (!stake || stake.amount === 0n) {
    return { amount: 0, duration_days: 0, start_date: null, unlock_date: null, multiplier: 1 };
  }
  const { amount, durationDays, startedAt, unlockAt } = stake;
  return {
    amount: toNeuro(amount),
    duration_days: durationDays,
    start_date: dayOf(startedAt.toISOString()),
    unlock_date: dayOf(unlockAt.toISOString()),
    multiplier: stakeMultiplier(amount, durationDays),
  };
}

function dayOf(instant: string): string {
  return instant.slice(0, 10);
}
