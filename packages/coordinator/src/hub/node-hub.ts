import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Authenticator, keyLossIn, keyLossOf } from '@plexus/core';
import { HEARTBEAT_SECONDS } from '@plexus/protocol';
import { type RawData, type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { CLOSE } from '../http/close-codes.ts';
import type { Upgrades } from '../http/upgrades.ts';
import { callerOf, tokenOf } from './bearer.ts';
import { Connection, type ConnectionDeps, type Origin } from './connection.ts';
import { Session } from './session.ts';
import { SocketGate, type SocketLimits } from './socket-gate.ts';

const NODE_PATH = '/ws/node';
const MAX_FRAME_BYTES = 16 * 1024 * 1024;
/** A node's registration with all its models, and the leases that it comes back to, is smaller. */
const MAX_UNREGISTERED_BYTES = 1024 * 1024;
/** Time a new connection has to register. */
const REGISTER_MS = 10_000;
/** A node without a heartbeat for two intervals is offline. Source: contract/gemmanet.md, HEARTBEAT. */
export const HEARTBEAT_LIMIT_MS = 2 * HEARTBEAT_SECONDS * 1000 + 5000;
/** A socket that answers no ping for so long is half open. */
const PING_EVERY_MS = 5000;
const PONG_LIMIT_MS = 15_000;
/** Time that nodes have to close their side when the coordinator stops. */
const TERMINATE_MS = 500;

/** Small frames are not worth it; more threads at once would take those of the disk. */
const DEFLATE = { threshold: 4096, concurrencyLimit: 4 };

export interface NodeHubDeps extends ConnectionDeps {
  readonly authenticator: Authenticator;
  /** Whether a Host and Origin may open a socket here. */
  readonly isAllowed: (request: IncomingMessage) => boolean;
  readonly limits?: SocketLimits;
}

/** How full the hub is. */
export interface HubLoad {
  readonly sockets: number;
  /** Those among them whose node has not registered yet. */
  readonly unregistered: number;
  /** Bytes that wait for nodes to read them: of all, and of the slowest. */
  readonly bufferedBytes: number;
  readonly mostBufferedBytes: number;
}

/** All sockets of nodes. */
export interface NodeHub {
  load(): HubLoad;
  close(): void;
}

/** Moments are those of a clock that nobody sets. */
interface Socket {
  readonly webSocket: WebSocket;
  readonly connection: Connection;
  readonly openedAt: number;
  /** The key that it was opened with. */
  readonly token: string | undefined;
  heardAt: number;
  /** Messages that are being handled: meanwhile nothing is read, so that the silence is not the node's. */
  busy: number;
}

/** Serves `WebSocket /ws/node`. */
export function createNodeHub(upgrades: Upgrades, deps: NodeHubDeps): NodeHub {
  const sockets = new Set<Socket>();
  const gate = new SocketGate(deps.limits);
  // Little that is sent can be much once it is unpacked: not from somebody who showed no key.
  const [forStrangers, forCallers] = [createAcceptor(false), createAcceptor(DEFLATE)];

  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if (!deps.isAllowed(request)) return upgrades.refuse(request, stream, 403);
    const place = gate.enter();
    if (!place) {
      deps.onRefusal('TOO_MANY_SOCKETS');
      return upgrades.refuse(request, stream, 503);
    }
    stream.once('close', () => place.leave());
    callerOf(request, deps.authenticator).then(
      (caller) => {
        const acceptor = caller ? forCallers : forStrangers;
        acceptor.handleUpgrade(request, stream, head, (webSocket) => {
          const origin = originOf(request, { caller, place });
          sockets.add(attach(webSocket, stream, { origin, token: tokenOf(request) }));
        });
      },
      // A node that is refused its key gives up for good; one whose key cannot be looked up now comes again.
      (error: unknown) => upgrades.refuse(request, stream, keyLossIn(error) ? 401 : 500),
    );
  };

  function attach(webSocket: WebSocket, stream: Duplex, { origin, token }: Opening): Socket {
    const connection = new Connection(new Session(webSocket, stream), origin, deps);
    const now = performance.now();
    const socket: Socket = { webSocket, connection, token, openedAt: now, heardAt: now, busy: 0 };
    limitStranger(stream, connection);
    listen(socket, deps);
    webSocket.on('close', () => {
      sockets.delete(socket);
      if (connection.session.wasTooSlow) deps.onRefusal('TOO_SLOW');
      connection.closed();
    });
    return socket;
  }

  const sweeper = startSweeper(sockets, deps);
  const stopServing = upgrades.serve(NODE_PATH, onUpgrade);

  return {
    load: () => loadOf(sockets, gate),

    close() {
      clearInterval(sweeper);
      stopServing();
      for (const { connection } of sockets) connection.session.close('the coordinator is stopping', CLOSE.goingAway);
      for (const { webSocket } of sockets) setTimeout(() => webSocket.terminate(), TERMINATE_MS).unref();
    },
  };
}

interface Opening {
  readonly origin: Origin;
  readonly token: string | undefined;
}

function originOf({ headers, socket }: IncomingMessage, rest: Pick<Origin, 'caller' | 'place'>): Origin {
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  return { ...rest, host: headers.host ?? '', address };
}

function createAcceptor(perMessageDeflate: ServerOptions['perMessageDeflate']): WebSocketServer {
  return new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate });
}

function listen(socket: Socket, deps: NodeHubDeps): void {
  const { webSocket } = socket;
  webSocket.on('message', (data, isBinary) => receive(socket, data, isBinary, deps));
  webSocket.on('pong', () => (socket.heardAt = performance.now()));
  webSocket.on('error', (error) => deps.logger.debug({ err: error }, 'node socket'));
}

function loadOf(sockets: Iterable<Socket>, gate: SocketGate): HubLoad {
  const buffered = [...sockets].map(({ connection }) => connection.session.bufferedBytes);
  return {
    sockets: gate.size,
    unregistered: gate.unregistered,
    bufferedBytes: buffered.reduce((sum, bytes) => sum + bytes, 0),
    mostBufferedBytes: buffered.reduce((most, bytes) => Math.max(most, bytes), 0),
  };
}

/** A stranger may not send more than a registration, in however many frames. */
function limitStranger(stream: Duplex, connection: Connection): void {
  let bytes = 0;
  const count = (data: Buffer): void => {
    bytes += data.byteLength;
    if (!connection.isReady && bytes <= MAX_UNREGISTERED_BYTES) return;
    stream.off('data', count);
    if (connection.isReady) return;
    connection.refuse('REGISTRATION_TOO_LARGE', `A registration has at most ${MAX_UNREGISTERED_BYTES} bytes`);
    stream.end(() => stream.destroy());
  };
  stream.on('data', count);
}

function receive(socket: Socket, data: RawData, isBinary: boolean, { logger }: NodeHubDeps): void {
  const { webSocket, connection } = socket;
  socket.heardAt = performance.now();
  if (isBinary || !Buffer.isBuffer(data)) {
    connection.refuse('BINARY_FRAME', 'Only text frames are understood', CLOSE.unsupportedData);
    return;
  }
  const fail = (error: unknown): void => {
    logger.error({ err: error }, 'node message failed');
    connection.refuse('INTERNAL_ERROR', 'The coordinator could not handle the message');
  };
  try {
    const busy = connection.receive(data.toString());
    if (!busy) return;
    webSocket.pause();
    socket.busy += 1;
    busy.catch(fail).finally(() => listenAgain(socket));
  } catch (error) {
    // Whatever one node's message does, the others' connections live on.
    fail(error);
  }
}

function listenAgain(socket: Socket): void {
  socket.busy -= 1;
  socket.heardAt = performance.now();
  socket.webSocket.resume();
}

function startSweeper(sockets: ReadonlySet<Socket>, deps: NodeHubDeps): NodeJS.Timeout {
  const sweep = (socket: Socket): void => {
    checkAlive(socket, deps);
    void checkKey(socket, deps);
  };
  return setInterval(() => sockets.forEach(sweep), PING_EVERY_MS).unref();
}

function checkAlive(socket: Socket, { onRefusal, logger }: NodeHubDeps): void {
  const { webSocket, connection, openedAt, heardAt, busy } = socket;
  if (busy > 0) return;
  const now = performance.now();
  if (now - heardAt > PONG_LIMIT_MS) {
    logger.warn({ nodeId: connection.session.nodeId, code: 'SILENT' }, `Nothing was heard for ${PONG_LIMIT_MS} ms`);
    onRefusal('SILENT');
    return webSocket.terminate();
  }
  if (!connection.isReady && now - openedAt > REGISTER_MS)
    return connection.refuse('REGISTER_FIRST', 'No register came');
  if (connection.isReady && now - connection.lastHeartbeatAt > HEARTBEAT_LIMIT_MS) {
    return connection.refuse('NO_HEARTBEAT', 'No heartbeat for two intervals');
  }
  if (webSocket.readyState === webSocket.OPEN) webSocket.ping();
}

/** A node works for the account of its key no longer than that is good. */
async function checkKey({ connection, token }: Socket, { authenticator }: NodeHubDeps): Promise<void> {
  const loss = token === undefined ? undefined : await keyLossOf(authenticator, token);
  if (loss) connection.refuse('INVALID_API_KEY', loss.message);
}
