import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Caller } from '@plexus/core';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { RefusedUpgrade, UpgradeRefusal } from '../http/upgrade-refusal.ts';
import type { Upgrades } from '../http/upgrades.ts';
import { Audience, type AudienceDeps } from './audience.ts';
import { type Entry, type EntryDeps, readEntry } from './feed-entry.ts';
import { FeedConnection, type FeedConnectionDeps } from './feed-connection.ts';
import { CLOSE } from '../http/close-codes.ts';
import { FeedSocket } from './feed-socket.ts';
import { ReaderGate, type ReaderLimits, type ReaderPlace } from './reader-gate.ts';

/** The second is where the page's production address has it. */
const PATHS = ['/ws', '/api/ws'];
const MAX_MESSAGE_BYTES = 16 * 1024;
/** Time that a reader without a key in a header has to show one. */
const AUTH_MS = 10_000;
/** Connections are looked at so often. */
const CHECK_EVERY_MS = 15_000;
/** Their keys are: one that was revoked reads on for less than 10 s. */
const CHECK_KEYS_EVERY_MS = 5000;
const SILENCE_MS = 45_000;
const STOP_MS = 500;

export interface FeedHubDeps extends AudienceDeps, EntryDeps, Omit<FeedConnectionDeps, 'createReader'> {
  readonly limits?: ReaderLimits;
  /** Told why a reader is refused or ended, by a code of a closed list. */
  readonly onRefusal: (code: string) => void;
}

/** All readers of `/ws`. */
export interface FeedHub {
  readonly size: number;
  close(): void;
}

interface Socket {
  readonly webSocket: WebSocket;
  readonly connection: FeedConnection;
  readonly openedAt: number;
  heardAt: number;
}

/** AITBC's codes of what is refused before there is a socket. */
const CODES: Readonly<Record<UpgradeRefusal, string>> = {
  400: 'INVALID_PAYLOAD',
  401: 'INVALID_API_KEY',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  500: 'INTERNAL_ERROR',
  503: 'OVERLOADED',
};

function refusalBody({ status, detail, requestId }: RefusedUpgrade): object {
  return { error: { code: CODES[status], message: detail, details: { request_id: requestId } } };
}

/** Serves `WSS /ws`. Source: seed 002, "WebSocket API". */
export function createFeedHub(upgrades: Upgrades, deps: FeedHubDeps): FeedHub {
  const gate = new ReaderGate(deps.limits);
  const readers: Readers = { audience: new Audience(deps), sockets: new Set(), deps };
  const acceptor = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });

  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const place = gate.enter();
    if (!place) {
      deps.onRefusal('TOO_MANY_READERS');
      return upgrades.refuse(request, stream, 503, refusalBody);
    }
    stream.once('close', () => place.leave());
    readEntry(request, deps).then(
      (entry) => {
        if (entry.status !== undefined) return upgrades.refuse(request, stream, entry.status, refusalBody);
        acceptor.handleUpgrade(request, stream, head, (socket) => attach(readers, { socket, stream, place, entry }));
      },
      (error: unknown) => {
        deps.logger.error({ err: error }, 'reader refused');
        upgrades.refuse(request, stream, 500, refusalBody);
      },
    );
  };
  const sweepers = [
    setInterval(() => readers.sockets.forEach(check), CHECK_EVERY_MS).unref(),
    setInterval(() => readers.sockets.forEach(checkKey), CHECK_KEYS_EVERY_MS).unref(),
  ];
  const stopServing = PATHS.map((path) => upgrades.serve(path, onUpgrade));

  return {
    get size() {
      return gate.size;
    },
    close() {
      sweepers.forEach((sweeper) => clearInterval(sweeper));
      for (const stop of stopServing) stop();
      for (const { connection, webSocket } of readers.sockets) {
        connection.socket.close(CLOSE.goingAway, 'the coordinator is stopping');
        setTimeout(() => webSocket.terminate(), STOP_MS).unref();
      }
    },
  };
}

interface Readers {
  readonly audience: Audience;
  readonly sockets: Set<Socket>;
  readonly deps: FeedHubDeps;
}

interface Opened {
  readonly socket: WebSocket;
  readonly stream: Duplex;
  readonly place: ReaderPlace;
  readonly entry: Entry;
}

function attach({ audience, sockets, deps }: Readers, { socket: webSocket, stream, place, entry }: Opened): void {
  const { since, key } = entry;
  const socket = new FeedSocket(webSocket, stream, deps.onRefusal);
  const createReader = (caller: Caller) => audience.admit(caller, { socket, since });
  const connection = new FeedConnection(socket, place, { ...deps, createReader });
  const open: Socket = { webSocket, connection, openedAt: Date.now(), heardAt: Date.now() };
  sockets.add(open);
  webSocket.on('message', (data, isBinary) => receive(open, data, isBinary));
  webSocket.on('pong', () => (open.heardAt = Date.now()));
  webSocket.on('error', (error) => deps.logger.debug({ err: error }, 'reader socket'));
  webSocket.on('close', () => {
    sockets.delete(open);
    if (connection.reader) audience.leave(connection.reader);
    if (sockets.size === 0) audience.goHome();
  });
  if (key) void connection.enter(key.apiKey, key.caller);
}

function receive({ webSocket, connection }: Socket, data: RawData, isBinary: boolean): void {
  if (isBinary || !Buffer.isBuffer(data)) {
    return connection.socket.refuse('BINARY_FRAME', 'Only text frames are understood', CLOSE.unsupportedData);
  }
  webSocket.pause();
  void connection.receive(data.toString()).finally(() => webSocket.resume());
}

function check({ webSocket, connection, openedAt, heardAt }: Socket): void {
  const now = Date.now();
  if (now - heardAt > SILENCE_MS) return webSocket.terminate();
  if (!connection.reader && now - openedAt > AUTH_MS) {
    return connection.socket.refuse('INVALID_API_KEY', 'No key came', CLOSE.policy);
  }
  if (connection.socket.isOpen) webSocket.ping();
}

function checkKey({ connection }: Socket): void {
  void connection.checkKey();
}
