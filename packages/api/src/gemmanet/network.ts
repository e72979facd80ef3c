import type { NodeStatus, RankedNode } from '@plexus/core';
import type { gemmanetEndpoints, Output } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import type { GemmanetDeps } from './deps.ts';

const DEFAULT_LEADERS = 10;

type NetworkHandlers = Pick<
  Handlers<typeof gemmanetEndpoints>,
  'getStatus' | 'listNodes' | 'getReputation' | 'getLeaderboard'
>;

/** Endpoints about the network and its nodes, open to everybody. */
export function networkHandlers({
  nodes,
  version,
  tasksToday,
}: Pick<GemmanetDeps, 'nodes' | 'version' | 'tasksToday'>): NetworkHandlers {
  return {
    getStatus: () => ({
      status: 'running',
      version,
      online_nodes: nodes.countOnline(),
      total_tasks_today: tasksToday(),
    }),

    listNodes: ({ query: { capability } }) =>
      nodes.listOnline(capability).map((node) => ({
        node_id: node.id,
        name: node.name,
        capabilities: [...node.capabilities],
        languages: [...node.languages],
        online: node.online,
        load: busiestOf(node),
      })),

    async getReputation({ params }) {
      return toReputation(await nodes.reputation(params.node_id));
    },

    async getLeaderboard({ query: { limit = DEFAULT_LEADERS } }) {
      return (await nodes.leaderboard(limit)).map(toReputation);
    },
  };
}

/** The greater of what is seen of a node, its taken places, and of what its last heartbeat said; 0 to 1. */
function busiestOf({ load, cpuPercent = 0 }: NodeStatus): number {
  return Math.max(load, Math.min(1, Math.round(cpuPercent * 10) / 1000));
}

function toReputation({
  nodeId,
  reputation,
  completed,
  failed,
  ratings,
}: RankedNode): Output<typeof gemmanetEndpoints.getReputation> {
  return { node_id: nodeId, reputation, completed, failed, ratings };
}
