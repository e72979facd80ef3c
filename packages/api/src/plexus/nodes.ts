import { formatCredits, listServices, type plexusEndpoints, serviceFor } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import type { PlexusDeps } from './deps.ts';
import { pageRequest, toPage } from './page.ts';
import { toNode, toService } from './views.ts';

type NodeHandlers = Pick<
  Handlers<typeof plexusEndpoints>,
  'getInfo' | 'listServices' | 'listAllNodes' | 'drainNode' | 'releaseNodeRewards'
>;

/** Endpoints about the coordinator and the nodes that are connected to it. */
export function nodeHandlers({
  nodes,
  info,
  ledgerSum,
}: Pick<PlexusDeps, 'nodes' | 'info' | 'ledgerSum'>): NodeHandlers {
  return {
    async getInfo() {
      return {
        name: info.name,
        version: info.version,
        public_key: info.publicKey,
        log_id: info.logId,
        log_restored: restoredLog(info),
        started_at: info.startedAt.toISOString(),
        online_nodes: nodes.countOnline(),
        limits: { ...info.limits },
        ledger_sum: formatCredits(await ledgerSum()),
      };
    },

    listServices: () => servicesOf(nodes).map((id) => toService(serviceFor(id), nodes.countOffering(id))),

    async listAllNodes({ query }) {
      const page = pageRequest(query);
      return toPage(await nodes.list(page), page.limit, ({ id }) => id, toNode);
    },

    drainNode: async ({ params }, { caller }) => toNode(await nodes.drain(caller, params.node_id)),

    async releaseNodeRewards({ params: { node_id: nodeId }, body: { account_id: accountId } }, { caller }) {
      const released = await nodes.releaseRewards(caller, nodeId, accountId);
      return { node_id: nodeId, account_id: accountId, released: formatCredits(released) };
    },
  };
}

function restoredLog({ logPeriod }: PlexusDeps['info']) {
  if (!logPeriod) return null;
  const { previous_log_id, tree_size, began_at } = logPeriod;
  return { previous_log_id, tree_size, began_at };
}

/** Plexus's own services first, then those that only nodes know. */
function servicesOf(nodes: PlexusDeps['nodes']): readonly string[] {
  const own = listServices().map(({ id }) => id);
  const offered = nodes.listOnline().flatMap(({ services }) => services.map(({ id }) => id));
  return [...new Set([...own, ...offered.toSorted()])];
}
