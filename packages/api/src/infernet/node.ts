import {
  type ContainerOffer,
  formatCredits,
  type infernetJobEndpoints,
  type Output,
  PASS_HEADERS,
} from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import { isAllowed } from './allowed-address.ts';
import { clientOf } from './client.ts';
import type { InfernetDeps } from './deps.ts';
import { refuse } from './errors.ts';

type Endpoints = typeof infernetJobEndpoints;
type NodeHandlers = Pick<Handlers<Endpoints>, 'getNodeInfo' | 'setJobStatus'>;

/** Endpoints about the node, and about what ran beside it. */
export function nodeHandlers({ sites, reported, guests, version }: InfernetDeps): NodeHandlers {
  return {
    async getNodeInfo(_input, context) {
      const nodeId = context.header(PASS_HEADERS.node) ?? '';
      const { containers = [], chain } = sites.siteOf(nodeId) ?? {};
      return {
        version,
        containers: containers.map(toContainer),
        pending: { offchain: sites.pendingOf(nodeId) + reported.countOf(nodeId), onchain: chain?.pending ?? 0 },
        chain: { enabled: chain !== undefined, address: chain?.address ?? '' },
      };
    },

    async setJobStatus({ body: { id, status, containers, results = [] } }, context) {
      const { caller, address, nodeId } = clientOf(context);
      const { status_ips: networks = [] } = sites.siteOf(nodeId) ?? {};
      if (!isAllowed(networks, address)) throw refuse(403, 'Not allowed for address', { address });
      await guests?.open(caller);
      await reported.report(caller, { id: id.toLowerCase(), status, containers, results, nodeId });
      return {};
    },
  };
}

function toContainer({
  id,
  external,
  image,
  description,
  price_micro: price,
}: ContainerOffer): Output<Endpoints['getNodeInfo']>['containers'][number] {
  return {
    id,
    external,
    image,
    ...(description !== undefined && { description }),
    ...(price !== undefined && { price: formatCredits(BigInt(price)) }),
  };
}
