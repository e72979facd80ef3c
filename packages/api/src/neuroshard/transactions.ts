import { type Posting, receiptIdOf, type TransferKind, type WalletService } from '@plexus/core';
import type { neuroshardEndpoints, Output } from '@plexus/protocol';
import { transactionId } from '../transaction-id.ts';
import { toNeuro } from './amounts.ts';
import { proofIdOf } from './proof-id.ts';

type Transaction = Output<typeof neuroshardEndpoints.getWalletTransactions>['transactions'][number];
type Details = NonNullable<Transaction['details']>;

/** What an entry is called by the account that it leaves and by the one that it enters. Source: contract/neuroshard.md. */
const TYPES: Readonly<Record<TransferKind, { readonly out: string; readonly in: string }>> = {
  grant: { out: 'send', in: 'receive' },
  register_bonus: { out: 'send', in: 'receive' },
  hold: { out: 'charge', in: 'charge' },
  release: { out: 'refund', in: 'refund' },
  charge: { out: 'charge', in: 'reward' },
  share: { out: 'charge', in: 'reward' },
  fee: { out: 'fee', in: 'reward' },
  custodial_release: { out: 'send', in: 'reward' },
  send: { out: 'send', in: 'receive' },
  stake: { out: 'stake', in: 'stake' },
  unstake: { out: 'unstake', in: 'unstake' },
  cooled: { out: 'unstake', in: 'unstake' },
  proof_reward: { out: 'reward', in: 'reward' },
};

/** Kinds of which the other side has an address. */
const BETWEEN_WALLETS: ReadonlySet<TransferKind> = new Set(['send', 'grant', 'custodial_release']);

/** A posting as its account reads it. What leaves a stake comes in, though it cools down first. */
export async function toTransaction(
  { entry, side }: Posting,
  wallet: Pick<WalletService, 'addressOf' | 'serviceOf'>,
): Promise<Transaction> {
  const isIn = side === 'in' || entry.kind === 'unstake';
  const { jobId } = entry;
  const service = jobId !== undefined && isReward(entry, side) ? await wallet.serviceOf(jobId) : undefined;
  const details = { ...detailsOf(entry, side), ...(service !== undefined && { role: roleFor(service) }) };
  return {
    id: entry.reference ?? transactionId(entry.sequence).replace('-', '_'),
    type: TYPES[entry.kind][side],
    amount: toNeuro(isIn ? entry.amount : -entry.amount),
    ...(BETWEEN_WALLETS.has(entry.kind) && partner({ entry, side }, wallet)),
    timestamp: entry.at.toISOString(),
    ...(Object.keys(details).length > 0 && { details }),
  };
}

/** A custody account for an address bears that as its id. */
function partner(
  { entry, side }: Posting,
  { addressOf }: Pick<WalletService, 'addressOf'>,
): { to?: string; from?: string } {
  const { accountId } = side === 'in' ? entry.debit : entry.credit;
  const address = accountId.startsWith('0x') ? accountId : addressOf(accountId);
  return side === 'in' ? { from: address } : { to: address };
}

function isReward({ kind }: Pick<Posting['entry'], 'kind'>, side: Posting['side']): boolean {
  return TYPES[kind][side] === 'reward' && kind !== 'fee';
}

/** While no model is shared between nodes, whoever makes text does so with all layers, and any other work with none. */
function roleFor(service: string): 'driver' | 'worker' {
  return service === 'llm' ? 'driver' : 'worker';
}

function detailsOf({ kind, jobId, memo, reference }: Posting['entry'], side: Posting['side']): Details {
  const isPaid = isReward({ kind }, side);
  return {
    ...(isPaid && jobId !== undefined && { proof_id: proofIdOf(receiptIdOf(jobId)) }),
    ...(kind === 'proof_reward' && reference !== undefined && { proof_id: reference }),
    ...(jobId !== undefined && { job_id: jobId }),
    ...(memo !== undefined && { memo }),
    ...(!['send', 'charge', 'share', 'stake', 'unstake', 'fee'].includes(kind) && { reason: kind }),
  };
}
