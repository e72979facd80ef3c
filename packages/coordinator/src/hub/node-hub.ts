import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Authenticator, Caller } from '@plexus/core';
import { HEARTBEAT_SECONDS } from '@plexus/protocol';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { Connection, type ConnectionDeps } from './connection.ts';
import { CLOSE, Session } from './session.ts';

const NODE_PATH = '/ws/node';
const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const MAX_CONNECTIONS = 20_000;
/** Time a new connection has to register. */
const REGISTER_MS = 10_000;
/** A node without a heartbeat for two intervals is offline. Source: contract/gemmanet.md, HEARTBEAT. */
const HEARTBEAT_LIMIT_MS = 2 * HEARTBEAT_SECONDS * 1000 + 5000;
/** A socket that answers no ping for so long is half open. */
const PING_EVERY_MS = 5000;
const PONG_LIMIT_MS = 15_000;

export interface NodeHubDeps extends ConnectionDeps {
  readonly authenticator: Authenticator;
  /** Whether a Host and Origin may open a socket here. */
  readonly isAllowed: (request: IncomingMessage) => boolean;
}

/** All sockets of nodes. */
export interface NodeHub {
  close(): void;
}

interface Socket {
  readonly webSocket: WebSocket;
  readonly connection: Connection;
  readonly openedAt: number;
  heardAt: number;
}

/** Serves `WebSocket /ws/node` on an HTTP server. */
export function createNodeHub(server: Server, deps: NodeHubDeps): NodeHub {
  const sockets = new Set<Socket>();
  const acceptor = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: { threshold: 4096, concurrencyLimit: 4 },
  });

  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', () => stream.destroy());
    admitSocket(request, deps, sockets.size).then(
      (entry) => {
        if (entry.status !== undefined) return refuseUpgrade(stream, entry.status);
        acceptor.handleUpgrade(request, stream, head, (webSocket) => {
          sockets.add(attach(webSocket, stream, { host: request.headers.host ?? '', caller: entry.caller }));
        });
      },
      (error: unknown) => {
        deps.logger.error({ err: error }, 'socket refused');
        refuseUpgrade(stream, 500);
      },
    );
  };

  function attach(webSocket: WebSocket, stream: Duplex, origin: { host: string; caller: Caller | undefined }): Socket {
    const connection = new Connection(new Session(webSocket, stream), origin, deps);
    const socket: Socket = { webSocket, connection, openedAt: Date.now(), heardAt: Date.now() };
    webSocket.on('message', (data, isBinary) => receive(socket, data, isBinary, deps));
    webSocket.on('pong', () => (socket.heardAt = Date.now()));
    webSocket.on('error', (error) => deps.logger.debug({ err: error }, 'node socket'));
    webSocket.on('close', () => {
      sockets.delete(socket);
      connection.closed();
    });
    return socket;
  }

  const sweeper = setInterval(() => sockets.forEach(checkAlive), PING_EVERY_MS);
  sweeper.unref();
  server.on('upgrade', onUpgrade);

  return {
    close() {
      clearInterval(sweeper);
      server.off('upgrade', onUpgrade);
      for (const { connection } of sockets) connection.session.close('the coordinator is stopping', CLOSE.goingAway);
      for (const { webSocket } of sockets) setTimeout(() => webSocket.terminate(), 500).unref();
    },
  };
}

function receive(socket: Socket, data: RawData, isBinary: boolean, { logger }: NodeHubDeps): void {
  const { webSocket, connection } = socket;
  socket.heardAt = Date.now();
  if (isBinary || !Buffer.isBuffer(data)) {
    connection.session.refuse('BINARY_FRAME', 'Only text frames are understood');
    connection.session.close('binary frame', CLOSE.unsupportedData);
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
    busy.catch(fail).finally(() => webSocket.resume());
  } catch (error) {
    // Whatever one node's message does, the others' connections live on.
    fail(error);
  }
}

function checkAlive({ webSocket, connection, openedAt, heardAt }: Socket): void {
  const now = Date.now();
  if (now - heardAt > PONG_LIMIT_MS) return webSocket.terminate();
  if (!connection.isReady && now - openedAt > REGISTER_MS)
    return connection.refuse('REGISTER_FIRST', 'No register came');
  if (connection.isReady && now - connection.lastHeartbeatAt > HEARTBEAT_LIMIT_MS) {
    return connection.refuse('NO_HEARTBEAT', 'No heartbeat for two intervals');
  }
  if (webSocket.readyState === webSocket.OPEN) webSocket.ping();
}

type Entry =
  | { readonly status: number; readonly caller?: never }
  | { readonly status?: never; readonly caller: Caller | undefined };

async function admitSocket(request: IncomingMessage, deps: NodeHubDeps, open: number): Promise<Entry> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname !== NODE_PATH) return { status: 404 };
  if (!deps.isAllowed(request)) return { status: 403 };
  if (open >= MAX_CONNECTIONS) return { status: 503 };
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const token = bearer ?? url.searchParams.get('token') ?? undefined;
  if (token === undefined) return { caller: undefined };
  try {
    return { caller: await deps.authenticator.authenticate(token) };
  } catch {
    return { status: 401 };
  }
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  503: 'Service Unavailable',
};

function refuseUpgrade(stream: Duplex, status: number): void {
  stream.end(`HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? 'Error'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
