import type { JournalEntry, TransferKind } from '@plexus/core';
import { floorCredits, type gemmanetEndpoints, type Output } from '@plexus/protocol';
import { transactionId } from '../transaction-id.ts';

export type Transaction = Output<typeof gemmanetEndpoints.getHistory>[number];

/** What an entry is called by the account that it leaves and by the one that it enters. */
const NAMES: Readonly<Record<TransferKind, { readonly out?: string; readonly in?: string }>> = {
  grant: { out: 'grant', in: 'grant' },
  register_bonus: { out: 'register_bonus', in: 'register_bonus' },
  hold: { out: 'hold', in: 'hold' },
  release: { out: 'release', in: 'release' },
  charge: { out: 'charge', in: 'reward' },
  share: { out: 'share', in: 'reward' },
  fee: { out: 'fee', in: 'fee' },
  custodial_release: { out: 'custodial_release', in: 'reward' },
  send: { out: 'send', in: 'receive' },
  // A balance here is what can be spent: what is staked has left it, and what has cooled down is back.
  stake: { out: 'stake' },
  unstake: {},
  cooled: { in: 'unstake' },
  proof_reward: { out: 'reward', in: 'reward' },
};

/** An entry as its account sees it: twice, reward above charge, when the account paid its own node. */
export function transactionsOf(entry: JournalEntry, accountId: string): readonly Transaction[] {
  const names = NAMES[entry.kind];
  return [
    ...(entry.credit.accountId === accountId ? named(entry, names.in, entry.amount) : []),
    ...(entry.debit.accountId === accountId ? named(entry, names.out, -entry.amount) : []),
  ];
}

function named(entry: JournalEntry, name: string | undefined, amount: bigint): readonly Transaction[] {
  return name === undefined ? [] : [toTransaction(entry, name, amount)];
}

function toTransaction({ sequence, jobId, at }: JournalEntry, name: string, amount: bigint): Transaction {
  return {
    id: transactionId(sequence),
    tx_type: name,
    amount: floorCredits(amount),
    task_id: jobId ?? null,
    timestamp: at.toISOString(),
  };
}
