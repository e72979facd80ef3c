import { DomainError, type NodeShape, type NodeStatus, type ProvenWork, type TrainingView } from '@plexus/core';
import type { Output, shardNetworkEndpoints } from '@plexus/protocol';
import { PASS_HEADERS } from '@plexus/protocol';
import type { Context, Handlers } from '../dialect.ts';
import { toNeuro } from './amounts.ts';
import type { NeuroshardDeps } from './deps.ts';
import { proofIdOf } from './proof-id.ts';

type Endpoints = typeof shardNetworkEndpoints;
type Network = Output<Endpoints['getShardNetwork']>;
type ProofItem = Output<Endpoints['listProofs']>['proofs'][number];

const GIB = 1024 ** 3;
const DEFAULT_PROOFS = 10;

/** Endpoints about all nodes together, and about what each has proven. */
export function networkHandlers({
  nodes,
  earnings,
  training,
}: Pick<NeuroshardDeps, 'nodes' | 'earnings' | 'training'>): Handlers<Endpoints> {
  return {
    async getShardNetwork() {
      const online = nodes.listOnline();
      return {
        nodes: countRoles(online),
        architecture: architectureOf(online),
        capacity: capacityOf(online),
        training: toTraining(await training.view()),
      };
    },

    async listProofs({ query: { limit = DEFAULT_PROOFS, node_id: given } }, context) {
      const { caller } = context;
      const nodeId = askedNode(context) ?? given ?? (await earnings.nodeOf(caller.accountId));
      if (nodeId === undefined)
        throw new DomainError('NODE_NOT_FOUND', 'No node earns for this account', { nodeId: '' });
      const { work, submitted, verified, reward } = await earnings.proofs(nodeId, limit);
      const stats = { total_submitted: submitted, total_verified: verified, total_reward: toNeuro(reward) };
      return { proofs: work.map(toProof), stats };
    },

    async getNodeRewards({ query: { node_id: given } }, context) {
      const nodeId = askedNode(context) ?? given;
      if (nodeId === undefined) throw new DomainError('INVALID_INPUT', 'node_id: name a node', { field: 'node_id' });
      const { today, total, pending } = await earnings.earnings(nodeId);
      return { earned_today: toNeuro(today), earned_total: toNeuro(total), pending: toNeuro(pending) };
    },
  };
}

/** The node that hands the call on. */
export function askedNode(context: Pick<Context, 'header'>): string | undefined {
  return context.header(PASS_HEADERS.pass) === undefined ? undefined : context.header(PASS_HEADERS.node);
}

/** While no model is shared between nodes, whoever serves one holds all of it, from the first layer to the head. */
function roleOf({ services }: Pick<NodeStatus, 'services'>): 'driver' | 'worker' {
  return services.some(({ id }) => id === 'llm') ? 'driver' : 'worker';
}

function countRoles(online: readonly NodeStatus[]): Network['nodes'] {
  const drivers = online.filter((node) => roleOf(node) === 'driver').length;
  return { total: online.length, drivers, workers: online.length - drivers, validators: 0 };
}

/** That of the largest model that is served. */
function architectureOf(online: readonly NodeStatus[]): Network['architecture'] {
  const shapes = online.flatMap(({ shape }) => shape ?? []);
  const largest = shapes.toSorted((a, b) => b.parameters - a.parameters)[0] ?? NO_SHAPE;
  return { layers: largest.layers, hidden_dim: largest.hiddenDim, parameters: inWords(largest.parameters) };
}

const NO_SHAPE: NodeShape = { layers: 0, hiddenDim: 0, parameters: 0 };
const UNITS = ['', 'K', 'M', 'B', 'T'] as const;

/** A count as the page prints it, for example `9.2B`. */
function inWords(count: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, count)) / 3)));
  const value = Math.round((count / 1000 ** power) * 10) / 10;
  return `${value}${UNITS[power] ?? ''}`;
}

function capacityOf(online: readonly NodeStatus[]): Network['capacity'] {
  const total = online.reduce((sum, { resources }) => sum + (resources?.memoryBytes ?? 0), 0);
  // A machine may use more for its owner than it offers.
  const used = online.reduce(
    (sum, { memoryUsedBytes = 0, resources }) => sum + Math.min(memoryUsedBytes, resources?.memoryBytes ?? 0),
    0,
  );
  return { total_memory_gb: toGib(total), used_memory_gb: toGib(used) };
}

function toGib(bytes: number): number {
  return Math.round((bytes / GIB) * 100) / 100;
}

function toTraining({ successfulSyncs, steps, averageLoss }: TrainingView): Network['training'] {
  return { epoch: successfulSyncs, global_step: steps, loss: averageLoss };
}

function toProof(work: ProvenWork): ProofItem {
  const timestamp = work.at.toISOString();
  if ('proof' in work) {
    const { id, kind, layer = null, verified, reward } = work.proof;
    return { id, type: kind, layer, timestamp, verified, reward: toNeuro(reward) };
  }
  const { receipt, reward } = work;
  // Its signature and its count were checked before it was paid.
  const id = proofIdOf(receipt.payload.receipt_id);
  return { id, type: 'inference', layer: null, timestamp, verified: true, reward: toNeuro(reward) };
}
