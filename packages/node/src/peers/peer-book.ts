import type { Peers } from '@plexus/protocol';
import type { Logger } from 'pino';
import { type PeerCredentials, credentialsOf } from './peer-credentials.ts';
import { type ConnectedPeer, PeerLink } from './peer-link.ts';
import { bracketed, openPeerServer, type PeerServer } from './peer-server.ts';
import { type PeerIdentity, type PeerService, peerService } from './peer-service.ts';

export interface PeerBookOptions {
  readonly host: string;
  /** Of the gRPC server; absent where there can be none. */
  readonly port: number | undefined;
  /** The node's own key, PKCS #8 PEM. */
  readonly privateKey: string;
  readonly identity: () => PeerIdentity;
  readonly logger: Logger;
  /** Asks the coordinator for a certificate that is good for longer. */
  readonly renew: () => void;
}

interface PeerTraffic {
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly calls: number;
}

/** Other nodes, as far as they can be called. */
export interface PeerBook {
  readonly port: number | undefined;
  /** Those that answer now, by id. */
  list(): readonly ConnectedPeer[];
  /** How many there should be. */
  expected(): number;
  traffic(): PeerTraffic;
  /** Takes a list of the coordinator. */
  update(peers: Peers): void;
  /** Without the coordinator nobody says who is there: those that answer stay. */
  close(): Promise<void>;
}

/** Before a certificate ends it is asked for another one. */
const RENEW_BEFORE_MS = 6 * 3_600_000;
/** A node whose clock is ahead takes every certificate for an old one. */
const MIN_RENEWAL_MS = 10 * 60_000;

export function createPeerBook(options: PeerBookOptions): PeerBook {
  const { port, privateKey } = options;
  const links = new Map<string, PeerLink>();
  const traffic = { bytesSent: 0, bytesReceived: 0, calls: 0 };
  const service = peerService({
    sent: (bytes) => void (traffic.bytesSent += bytes),
    received: (bytes) => void (traffic.bytesReceived += bytes),
  });
  const calls = { service, onCall: () => void (traffic.calls += 1) };
  const doorman = createDoorman(options, calls);
  let certificate = '';

  function close(unless: (nodeId: string, link: PeerLink) => boolean): void {
    for (const [nodeId, link] of links) {
      if (unless(nodeId, link)) continue;
      link.close();
      links.delete(nodeId);
    }
  }

  return {
    port,
    list: () => [...links.values()].flatMap(({ peer }) => peer ?? []),
    expected: () => links.size,
    traffic: () => ({ ...traffic }),

    update(told) {
      const credentials = credentialsOf(privateKey, told);
      if (told.certificate !== certificate) {
        certificate = told.certificate;
        // The server and all links show the newest certificate.
        close(() => false);
        doorman.open(credentials);
      }
      doorman.renewBefore(new Date(told.expires_at));
      const wanted = new Map(told.peers.map((peer) => [peer.node_id, `${bracketed(peer.host)}:${peer.port}`]));
      close((nodeId, link) => wanted.get(nodeId) === link.address);
      for (const [nodeId, address] of wanted) {
        if (!links.has(nodeId)) links.set(nodeId, new PeerLink({ nodeId, address, credentials, ...calls }));
      }
    },

    async close() {
      close(() => false);
      await doorman.close();
    },
  };
}

interface Calls {
  readonly service: PeerService;
  readonly onCall: () => void;
}

/** The server that other nodes call, opened anew with each certificate. */
interface Doorman {
  open(credentials: PeerCredentials): void;
  /** Asks for another certificate in time, and again where the one that it has is not old enough for that. */
  renewBefore(expiresAt: Date): void;
  close(): Promise<void>;
}

function createDoorman({ host, port, identity, logger, renew }: PeerBookOptions, calls: Calls): Doorman {
  let server: Promise<PeerServer | undefined> = Promise.resolve(undefined);
  let renewal: NodeJS.Timeout | undefined;
  let isClosed = false;

  async function replace(before: PeerServer | undefined, credentials: PeerCredentials) {
    await before?.close();
    if (isClosed || port === undefined) return undefined;
    return await openPeerServer({ host, port, credentials, identity, ...calls });
  }

  return {
    open(credentials) {
      server = server
        .then((before) => replace(before, credentials))
        .catch((error: unknown) => {
          logger.warn({ err: error, port }, 'Other nodes cannot call this one');
          return undefined;
        });
    },

    renewBefore(expiresAt) {
      clearTimeout(renewal);
      renewal = setTimeout(renew, Math.max(MIN_RENEWAL_MS, expiresAt.getTime() - Date.now() - RENEW_BEFORE_MS));
      renewal.unref();
    },

    async close() {
      isClosed = true;
      clearTimeout(renewal);
      await (await server)?.close();
    },
  };
}
