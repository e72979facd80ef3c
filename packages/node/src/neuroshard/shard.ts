/** Joins what a node tells of itself. */
import { PLEXUS_VERSION } from '@plexus/protocol';
import { type Link, type LinkState, unreadyOf } from '../link.ts';
import type { Parts } from '../parts.ts';
import type { PeerBook } from '../peers/peer-book.ts';
import type { PeerIdentity } from '../peers/peer-service.ts';
import { SOFTWARE } from '../registration.ts';
import { createKeyCheck } from './key-check.ts';
import { createMachineUse } from './machine-use.ts';
import { createCoordinatorView } from './rewards.ts';
import type { ShardOptions } from './routes.ts';
import { layersOf } from './views.ts';

/** What there is only after the listener is open. */
export interface Later {
  readonly link: () => Link | undefined;
  readonly peers: () => PeerBook | undefined;
  readonly httpPort: () => number;
}

const STARTING: LinkState = { isConnected: false, reason: 'the node is starting' };
const NO_TRAFFIC = { bytesSent: 0, bytesReceived: 0, messages: 0 };

export function shardOptions(parts: Parts, { link, peers, httpPort }: Later): ShardOptions {
  const { options, identity, address, machine, metrics, settings, services, pass, worker } = parts;
  const baseUrl = address.httpUrl;
  const state = () => link()?.state() ?? STARTING;
  return {
    checkKey: createKeyCheck({ baseUrl, pass, unready: () => unreadyOf(state()) }),
    limitsCalls: options.rateLimits !== 'off',
    parts: {
      nodeId: identity.nodeId,
      version: PLEXUS_VERSION,
      home: options.home,
      trackerUrl: address.socketUrl,
      use: createMachineUse(machine.gpus.length > 0),
      serving: metrics.serving,
      settings,
      coordinator: createCoordinatorView({
        baseUrl,
        pass,
        exchanged: () => link()?.traffic().messages ?? 0,
        isConnected: () => state().isConnected,
      }),
      httpPort,
      shape: () => services.shape(),
      role: () => roleOf(parts),
      peers,
      link: () => ({ state: state(), traffic: link()?.traffic() ?? NO_TRAFFIC }),
      isDraining: () => worker.isDraining,
    },
  };
}

/** What peers are told. */
export function peerIdentity(parts: Parts): PeerIdentity {
  const { identity, services } = parts;
  return { node_id: identity.nodeId, software: SOFTWARE, role: roleOf(parts), layers: layersOf(services.shape()) };
}

/** While no model is shared between nodes, whoever serves one holds all of it, from the first layer to the head. */
function roleOf({ services }: Pick<Parts, 'services'>): string {
  return services.runnerOf('llm') ? 'driver' : 'worker';
}
