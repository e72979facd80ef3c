/** The wallet of seed 003: the account whose key is shown. */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { Amount, Day, Instant, Neuro, Nullable } from './common.ts';

const Address = Type.String({ maxLength: 100, description: '`0x` and 40 hexadecimal digits.' });

const Staking = Type.Object({
  amount: Neuro,
  duration_days: Type.Integer(),
  start_date: Nullable(Day),
  unlock_date: Nullable(Day),
  multiplier: Type.Number({
    description: 'Of rewards for proofs: min(2, 1 + ½·√(amount/10,000 · days/30)), rounded down to two places.',
  }),
});

const Transaction = Type.Object({
  id: Type.String(),
  type: Type.String({ description: '`reward`, `send`, `receive`, `stake`, `unstake`, `fee`, `charge` or `refund`.' }),
  amount: Type.Number({ description: 'Signed NEURO: what it brought to available and pending together.' }),
  to: Type.Optional(Type.String()),
  from: Type.Optional(Type.String()),
  timestamp: Instant,
  details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});

export const walletEndpoints = endpoints({
  getWalletBalance: {
    method: 'GET',
    path: '/api/v1/wallet/balance',
    summary: 'Get wallet balance.',
    auth: 'key',
    status: 200,
    response: Type.Object({
      address: Type.String(),
      balances: Type.Object({
        available: Neuro,
        staked: Neuro,
        pending: Type.Number({ description: 'Held for running jobs, and cooling down after an unstake.' }),
        total: Neuro,
      }),
      staking: Staking,
    }),
  },
  sendNeuro: {
    method: 'POST',
    path: '/api/v1/wallet/send',
    summary: 'Send NEURO to another address; the sender pays a fee of 0.1 % beside it.',
    auth: 'key',
    idempotent: true,
    body: Type.Object({ to: Address, amount: Amount, memo: Type.Optional(Type.String({ maxLength: 500 })) }),
    status: 200,
    response: Type.Object({
      transaction_id: Type.String(),
      from: Type.String(),
      to: Type.String(),
      amount: Neuro,
      fee: Neuro,
      memo: Type.Optional(Type.String()),
      status: Type.Literal('confirmed'),
      timestamp: Instant,
    }),
    errors: { 400: 'No such address, or not an amount', 402: 'Not enough NEURO for this operation' },
  },
  getWalletTransactions: {
    method: 'GET',
    path: '/api/v1/wallet/transactions',
    summary: 'Get transaction history, newest first.',
    auth: 'key',
    query: Type.Object({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 10 })),
      offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000, default: 0 })),
    }),
    status: 200,
    response: Type.Object({
      transactions: Type.Array(Transaction),
      total: Type.Integer(),
      limit: Type.Integer(),
      offset: Type.Integer(),
    }),
  },
  stakeNeuro: {
    method: 'POST',
    path: '/api/v1/wallet/stake',
    summary: 'Stake NEURO tokens. A stake that there is already grows, and begins anew.',
    auth: 'key',
    idempotent: true,
    body: Type.Object({ amount: Amount, duration_days: Type.Integer({ minimum: 1, maximum: 365 }) }),
    status: 200,
    response: Type.Object({
      success: Type.Boolean(),
      stake: Staking,
      new_balance: Type.Object({ available: Neuro, staked: Neuro }),
    }),
    errors: { 402: 'Not enough NEURO for this operation' },
  },
  unstakeNeuro: {
    method: 'POST',
    path: '/api/v1/wallet/unstake',
    summary: 'Request unstaking: after the unlock date, and available 7 days later.',
    auth: 'key',
    idempotent: true,
    body: Type.Object({ amount: Amount }),
    status: 200,
    response: Type.Object({
      success: Type.Boolean(),
      unstake: Type.Object({ amount: Neuro, cooldown_days: Type.Integer(), available_date: Day }),
    }),
    errors: { 400: 'The stake is still locked', 402: 'So much is not staked' },
  },
});
