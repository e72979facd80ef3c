import type { RankedNode } from '@plexus/core';
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
      nodes.listOnline(capability).map(({ id, name, capabilities, languages, online, load }) => ({
        node_id: id,
        name,
        capabilities: [...capabilities],
        languages: [...languages],
        online,
        load,
      })),

    async getReputation({ params }) {
      return toReputation(await nodes.reputation(params.node_id));
    },

    async getLeaderboard({ query: { limit = DEFAULT_LEADERS } }) {
      return (await nodes.leaderboard(limit)).map(toReputation);
    },
  };
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
