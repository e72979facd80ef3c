import { requireOperator } from '../accounts/caller.ts';
import type { Account } from '../accounts/account.ts';
import type { Books } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import { type LiveNode, loadOf } from './live-node.ts';
import type { NodeDirectory, NodeStatus, RankedNode } from './node-directory.ts';
import { emptyScore, type NodeRecord, type NodeScore } from './node-record.ts';
import { requirePayee } from './node-payee.ts';
import type { NodeRegistry } from './node-registry.ts';
import { reputationOf } from './reputation.ts';

export interface NodeDirectoryDeps {
  readonly books: Books;
  readonly registry: NodeRegistry;
  readonly clock: () => Date;
  readonly onAccounts: (accounts: readonly Account[]) => void;
}

export function createNodeDirectory({ books, registry, clock, onAccounts }: NodeDirectoryDeps): NodeDirectory {
  async function getRecord(nodeId: string): Promise<NodeRecord> {
    const record = await books.read.findNode(nodeId);
    if (!record) throw new DomainError('NODE_NOT_FOUND', 'Node does not exist', { nodeId });
    return record;
  }

  return {
    listOnline: (capability) => {
      const nodes = capability === undefined ? [...registry.list()] : registry.index.offering(capability);
      return nodes.map(online);
    },
    listModels: () => registry.index.models.list(),
    isLostModel: (service, model) => registry.index.models.isLost(service, model),
    countOnline: () => registry.size(),
    countOffering: (service) => registry.index.offering(service).length,

    async list(page) {
      const records = await books.read.listNodes(page);
      return await Promise.all(records.map((record) => statusOf(record, registry.find(record.id), books)));
    },

    async reputation(nodeId) {
      await getRecord(nodeId);
      const score = await books.read.findScore(nodeId);
      return ranked(score ?? emptyScore(nodeId));
    },

    leaderboard: async (limit) => (await books.read.listScores(limit)).map(ranked),

    async drain(caller, nodeId) {
      requireOperator(caller);
      const node = registry.find(nodeId);
      if (!node) throw new DomainError('NODE_NOT_FOUND', 'No such node is connected', { nodeId });
      registry.drain(node);
      node.session.drain('asked by an operator');
      return online(node);
    },

    async releaseRewards(caller, nodeId, accountId) {
      const record = await getRecord(nodeId);
      const { accountId: custodyId } = record;
      requirePayee(caller, { record, account: await books.read.findAccount(custodyId) }, accountId);
      const outcome = await books.commit({ type: 'releaseCustodial', custodyId, accountId, at: clock() });
      onAccounts(outcome.accounts);
      return outcome.amount ?? 0n;
    },
  };
}

function ranked(score: NodeScore): RankedNode {
  return { ...score, reputation: reputationOf(score) };
}

function online(node: LiveNode): NodeStatus {
  return {
    ...node.record,
    online: true,
    draining: node.draining,
    services: [...node.services.values()],
    load: loadOf(node),
    reputation: node.reputation,
    completed: node.score.completed,
    failed: node.score.failed,
    lastSeenAt: node.lastSeenAt,
    ...(node.cpuPercent !== undefined && { cpuPercent: node.cpuPercent }),
    ...(node.memoryUsedBytes !== undefined && { memoryUsedBytes: node.memoryUsedBytes }),
    ...(node.shape && { shape: node.shape }),
    ...(node.resources && { resources: node.resources }),
  };
}

async function statusOf(record: NodeRecord, node: LiveNode | undefined, books: Books): Promise<NodeStatus> {
  if (node) return online(node);
  const score = await books.read.findScore(record.id);
  const { reputation, completed, failed } = ranked(score ?? emptyScore(record.id));
  return { ...record, online: false, draining: false, services: [], load: 0, reputation, completed, failed };
}
