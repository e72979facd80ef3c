import type { Server } from 'node:http';
import type { HostGuard } from '@plexus/api';
import type { ReceiptCrypto } from '@plexus/protocol';
import { createFeedHub, type FeedHub } from './feed/feed-hub.ts';
import type { Fleet } from './fleet/fleet.ts';
import { serveMetricsSocket } from './fleet/metrics-socket.ts';
import type { Metrics } from './http/metrics.ts';
import { Upgrades } from './http/upgrades.ts';
import { createNodeHub, type NodeHub } from './hub/node-hub.ts';
import type { Credentials } from './keys/credentials.ts';
import type { Network } from './network.ts';
import type { CoordinatorOptions } from './options.ts';
import { createCertificateAuthority } from './peers/certificates.ts';
import { createPeerExchange } from './peers/peer-exchange.ts';
import { logRefusedResults } from './refused-results.ts';

/** What sockets need of the program that serves them. */
interface SocketParts {
  readonly network: Network;
  readonly credentials: Credentials;
  readonly crypto: ReceiptCrypto;
  readonly guard: HostGuard;
  readonly metrics: Metrics;
  readonly options: CoordinatorOptions;
  readonly fleet: Pick<Fleet, 'seen'>;
}

/** All WebSockets of a coordinator. */
export interface Sockets {
  readonly hub: NodeHub;
  readonly feedHub: FeedHub;
  close(): void;
}

/** Serves nodes and readers of the feed on an HTTP server. */
export function createSockets(server: Server, parts: SocketParts): Sockets {
  const upgrades = new Upgrades(server, parts.options.logger);
  const hub = createHub(upgrades, parts);
  logRefusedResults(parts.network.events, parts.options.logger);
  const feedHub = createReaders(upgrades, parts);
  const { fleet, guard } = parts;
  const metricsSocket = serveMetricsSocket(upgrades, {
    seen: () => fleet.seen(),
    clock: () => new Date(),
    isAllowed: (request) => guard(request) === undefined,
  });
  return {
    hub,
    feedHub,
    close() {
      hub.close();
      feedHub.close();
      metricsSocket.close();
    },
  };
}

function createHub(upgrades: Upgrades, parts: SocketParts): NodeHub {
  const { network, credentials, crypto, guard, metrics, options } = parts;
  const { admission, registry, desk, authenticator, books, uptime } = network;
  const clock = () => new Date();
  const peers = createPeerExchange(createCertificateAuthority(credentials.signer, clock()), clock);
  return createNodeHub(upgrades, {
    admission,
    registry,
    desk,
    uptime,
    peers,
    authenticator,
    crypto,
    publicKey: credentials.signer.publicKey,
    logger: options.logger,
    ...(options.limits && { limits: options.limits }),
    onRefusal: (code) => metrics.nodeRefused(code),
    isAllowed: (request) => guard(request) === undefined,
    balanceOf: async (accountId) => (await books.read.findAccount(accountId))?.available ?? 0n,
  });
}

function createReaders(upgrades: Upgrades, { network, guard, metrics, options }: SocketParts): FeedHub {
  const { feed, authenticator, jobs, books } = network;
  return createFeedHub(upgrades, {
    feed,
    authenticator,
    jobs,
    lastEvent: () => books.read.lastEvent(),
    logger: options.logger,
    ...(options.limits && { limits: options.limits }),
    onRefusal: (code) => metrics.readerRefused(code),
    isAllowed: (request) => guard(request) === undefined,
  });
}
