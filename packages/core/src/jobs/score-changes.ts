import type { Payment, ScoreChange } from '../books/commands.ts';
import type { NodeRecord } from '../nodes/node-record.ts';
import type { Attempt } from './job.ts';

/** A node's part of the work, in micro-credits of the client. */
export interface Share {
  readonly node: Pick<NodeRecord, 'id' | 'accountId'>;
  readonly amount: bigint;
}

/** What the end of a job counts for the nodes that had a turn at it, and what they are paid. */
export function scoresOf(
  attempts: readonly Attempt[],
  shares: readonly Share[],
  payments: readonly Payment[],
): readonly ScoreChange[] {
  const earnings = earningsOf(shares, payments);
  const turns = attempts.flatMap((attempt) => turnOf(attempt, earnings));
  for (const [nodeId, earned] of earnings) turns.push({ nodeId, completed: 0, failed: 0, earned, busyMs: 0 });
  return turns;
}

/** A node answers for what it failed or dropped; being cancelled is no fault of it. Takes its earnings out of the map. */
function turnOf({ nodeId, outcome, startedAt, endedAt = startedAt }: Attempt, earnings: Map<string, bigint>) {
  if (outcome === 'completed') {
    const earned = earnings.get(nodeId) ?? 0n;
    earnings.delete(nodeId);
    return [{ nodeId, completed: 1, failed: 0, earned, busyMs: endedAt.getTime() - startedAt.getTime() }];
  }
  const hasFailed = outcome === 'failed' || outcome === 'node_lost' || outcome === 'timed_out';
  return hasFailed ? [{ nodeId, completed: 0, failed: 1, earned: 0n, busyMs: 0 }] : [];
}

/** By node, what its account is paid without the fee; what does not divide among nodes of one account is the first one's. */
function earningsOf(shares: readonly Share[], payments: readonly Payment[]): Map<string, bigint> {
  const earnings = new Map<string, bigint>();
  for (const { payeeId, amount, fee } of payments) {
    const [first, ...others] = shares.filter(({ node, amount: part }) => node.accountId === payeeId && part > 0n);
    if (!first) continue;
    let rest = amount - fee;
    for (const { node, amount: part } of others) {
      const earned = ((amount - fee) * part) / amount;
      rest -= earned;
      add(earnings, node.id, earned);
    }
    add(earnings, first.node.id, rest);
  }
  return earnings;
}

function add(earnings: Map<string, bigint>, nodeId: string, amount: bigint): void {
  earnings.set(nodeId, (earnings.get(nodeId) ?? 0n) + amount);
}
