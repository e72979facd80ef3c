import type { Books } from '../books/books.ts';
import { dayOf } from '../books/tallies.ts';
import { DomainError } from '../errors.ts';
import type { LiveJobs } from '../jobs/live-jobs.ts';
import { basisPointsOf } from '../ledger/basis-points.ts';
import { MAX_OWN_NODES } from '../marketplace/miner-choice.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import { emptyScore } from '../nodes/node-record.ts';
import { partOfPrice } from '../receipts/part-of-price.ts';
import type { StoredReceipt } from '../receipts/stored-receipt.ts';
import type { Proof } from './proof.ts';

const DAY_MS = 86_400_000;

export interface NodeEarningsDeps {
  readonly read: Books['read'];
  readonly registry: Pick<NodeRegistry, 'find'>;
  readonly live: Pick<LiveJobs, 'find'>;
  readonly clock: () => Date;
  /** The operator's share of a payment, in hundredths of a percent. */
  readonly feeBasisPoints: number;
}

/** Micro-credits. */
export interface Earnings {
  readonly today: bigint;
  readonly total: bigint;
  /** What the jobs that it works on now may bring at most. */
  readonly pending: bigint;
}

/** A receipt with what it brought the node, or a proof of work that was no job. */
export type ProvenWork =
  | { readonly at: Date; readonly receipt: StoredReceipt; readonly reward: bigint }
  | { readonly at: Date; readonly proof: Proof };

export interface ProofHistory {
  /** Newest first. */
  readonly work: readonly ProvenWork[];
  /** Of these two, how many there are in all; a receipt is verified before it is kept. */
  readonly submitted: number;
  readonly verified: number;
  /** All that the node was paid, also for parts of streams whose receipt is another node's. */
  readonly reward: bigint;
}

/** What nodes have proven, and earned by it. */
export interface NodeEarnings {
  /** @throws {DomainError} NODE_NOT_FOUND */
  earnings(nodeId: string): Promise<Earnings>;
  /** @throws {DomainError} NODE_NOT_FOUND */
  proofs(nodeId: string, limit: number): Promise<ProofHistory>;
  /** A connected node that earns for an account, by id the first. */
  nodeOf(accountId: string): Promise<string | undefined>;
}

export function createNodeEarnings(deps: NodeEarningsDeps): NodeEarnings {
  const { read, registry, live, clock } = deps;

  async function requireNode(nodeId: string): Promise<void> {
    if (registry.find(nodeId) ?? (await read.findNode(nodeId))) return;
    throw new DomainError('NODE_NOT_FOUND', 'Node does not exist', { nodeId });
  }

  function pendingOf(nodeId: string): bigint {
    let pending = 0n;
    for (const jobId of registry.find(nodeId)?.leases.keys() ?? []) pending += live.find(jobId)?.job.hold ?? 0n;
    return pending;
  }

  return {
    async earnings(nodeId) {
      await requireNode(nodeId);
      const day = dayOf(clock());
      const [score = emptyScore(nodeId), proofs] = await Promise.all([
        read.findScore(nodeId),
        read.proofTotals(nodeId, new Date(day * DAY_MS)),
      ]);
      const today = score.rewardDay === day ? score.earnedThatDay : 0n;
      return { today: today + proofs.rewardSince, total: score.earned + proofs.reward, pending: pendingOf(nodeId) };
    },

    async proofs(nodeId, limit) {
      await requireNode(nodeId);
      return await readProofs(deps, nodeId, limit);
    },

    async nodeOf(accountId) {
      const own = await read.listNodesOf(accountId, MAX_OWN_NODES);
      return own.find(({ id }) => registry.find(id))?.id;
    },
  };
}

type ProofDeps = Pick<NodeEarningsDeps, 'read' | 'clock' | 'feeBasisPoints'>;

async function readProofs(deps: ProofDeps, nodeId: string, limit: number): Promise<ProofHistory> {
  const { read, clock, feeBasisPoints } = deps;
  const [receipts, receiptCount, proofs, score = emptyScore(nodeId), totals] = await Promise.all([
    read.listReceipts(nodeId, { limit }),
    read.countReceipts(nodeId),
    read.listProofs(nodeId, limit),
    read.findScore(nodeId),
    read.proofTotals(nodeId, clock()),
  ]);
  const paid = receipts.map((receipt) => {
    const part = partOfPrice(receipt.payload, nodeId);
    return { at: receipt.createdAt, receipt, reward: part - basisPointsOf(part, feeBasisPoints) };
  });
  const work = [...paid, ...proofs.map((proof) => ({ at: proof.endedAt, proof }))];
  return {
    work: work.toSorted((a, b) => b.at.getTime() - a.at.getTime()).slice(0, limit),
    submitted: receiptCount + totals.submitted,
    verified: receiptCount + totals.verified,
    reward: score.earned + totals.reward,
  };
}
