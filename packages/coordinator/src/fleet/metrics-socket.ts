import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { FLEET_METRICS, type FleetMetric, type SeenWorker } from '@plexus/core';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { isObject, parseJson } from '@plexus/protocol';
import { CLOSE } from '../http/close-codes.ts';
import type { Upgrades } from '../http/upgrades.ts';
import { OffenceBudget } from '../hub/offence-budget.ts';

const PATH = '/ws/metrics';
const MAX_READERS = 256;
const MAX_MESSAGE_BYTES = 16 * 1024;
/** Bytes that may wait for one reader before its connection is given up. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
/** How often figures are sent, where nobody says otherwise: as often as workers are asked. */
const INTERVAL_SECONDS = 15;
const MAX_INTERVAL_SECONDS = 3600;
const MAX_NAMES = 100;
const STOP_MS = 500;
/** A fleet without workers has no figures: a reader is to know, and to show, that it is still there. */
const PING_EVERY_MS = 15_000;
const SILENCE_MS = 60_000;

export interface MetricsSocketDeps {
  readonly seen: () => readonly SeenWorker[];
  readonly clock: () => Date;
  readonly isAllowed: (request: IncomingMessage) => boolean;
  readonly pingEveryMs?: number;
}

/** Readers of `/ws/metrics`. */
export interface MetricsSocket {
  readonly size: number;
  close(): void;
}

/** Sends the fleet's figures as they are. Source: seed 001, "WebSocket"; contract/cocoon.md, "`/ws/metrics`". */
export function serveMetricsSocket(upgrades: Upgrades, deps: MetricsSocketDeps): MetricsSocket {
  const acceptor = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
  const readers = new Set<Reader>();
  const { pingEveryMs = PING_EVERY_MS } = deps;
  const pings = setInterval(() => readers.forEach((reader) => reader.ping()), pingEveryMs).unref();
  const stop = upgrades.serve(PATH, (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if (!deps.isAllowed(request)) return upgrades.refuse(request, stream, 403);
    if (readers.size >= MAX_READERS) return upgrades.refuse(request, stream, 503);
    acceptor.handleUpgrade(request, stream, head, (socket) => {
      const reader = new Reader(socket, deps);
      readers.add(reader);
      socket.on('close', () => {
        reader.end();
        readers.delete(reader);
      });
    });
  });
  return {
    get size() {
      return readers.size;
    },
    close() {
      stop();
      clearInterval(pings);
      for (const reader of readers) reader.stop();
    },
  };
}

/** One reader: gets everything at once and then every interval, until it says what it wants. */
class Reader {
  private metrics: readonly FleetMetric[] = FLEET_METRICS;
  private timer: NodeJS.Timeout;
  private heardAtMs = performance.now();
  private readonly socket: WebSocket;
  private readonly deps: MetricsSocketDeps;
  private readonly messages = new OffenceBudget(() => performance.now());

  constructor(socket: WebSocket, deps: MetricsSocketDeps) {
    this.socket = socket;
    this.deps = deps;
    socket.on('error', () => socket.terminate());
    socket.on('pong', () => (this.heardAtMs = performance.now()));
    socket.on('message', (data: RawData, isBinary: boolean) => this.take(isBinary ? '' : textOf(data)));
    this.timer = this.every(INTERVAL_SECONDS);
    this.send();
  }

  end(): void {
    clearInterval(this.timer);
  }

  ping(): void {
    if (performance.now() - this.heardAtMs > SILENCE_MS) this.socket.terminate();
    else if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
  }

  stop(): void {
    this.socket.close(CLOSE.goingAway, 'the coordinator is stopping');
    setTimeout(() => this.socket.terminate(), STOP_MS).unref();
  }

  private every(seconds: number): NodeJS.Timeout {
    return setInterval(() => this.send(), seconds * 1000).unref();
  }

  /** Each message is answered: one that sends them without an end is let go. */
  private take(text: string): void {
    if (this.messages.spend()) this.receive(text);
    else this.socket.close(CLOSE.policy, 'Too many messages');
  }

  private receive(text: string): void {
    const wish = readWish(text);
    if (typeof wish === 'string') {
      if (this.isReading()) this.socket.send(JSON.stringify({ error: wish }));
      return;
    }
    this.metrics = wish.metrics;
    clearInterval(this.timer);
    this.timer = this.every(wish.intervalSeconds);
    this.send();
  }

  private send(): void {
    if (!this.isReading()) return;
    const timestamp = this.deps.clock().toISOString();
    for (const metric of this.metrics) {
      const samples = this.deps.seen().flatMap((worker) => metric.samplesOf(worker));
      for (const { labels, value, suffix, unit = metric.unit } of samples) {
        if (suffix === '_bucket') continue;
        const name = `${metric.name}${suffix ?? ''}`;
        this.socket.send(JSON.stringify({ metric: name, value, unit, timestamp, labels }));
      }
    }
  }

  /** Whether there is more to be said to it; one that takes nothing is let go. */
  private isReading(): boolean {
    if (this.socket.readyState !== this.socket.OPEN) return false;
    if (this.socket.bufferedAmount <= MAX_BUFFERED_BYTES) return true;
    this.socket.terminate();
    return false;
  }
}

function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString('utf8') : '';
}

interface Wish {
  readonly metrics: readonly FleetMetric[];
  readonly intervalSeconds: number;
}

/** @returns what is wrong with it, in words, where something is */
function readWish(text: string): Wish | string {
  const asked = parseJson(text);
  if (!isObject(asked) || asked['action'] !== 'subscribe')
    return 'Say {"action":"subscribe","metrics":[…],"interval_sec":15}';
  const { metrics = [], interval_sec: intervalSeconds = INTERVAL_SECONDS } = asked;
  if (typeof intervalSeconds !== 'number' || !(intervalSeconds >= 1 && intervalSeconds <= MAX_INTERVAL_SECONDS)) {
    return `interval_sec must be a number from 1 to ${MAX_INTERVAL_SECONDS}`;
  }
  if (!isNames(metrics)) return `metrics must be a list of at most ${MAX_NAMES} names`;
  const wanted = metrics.map(metricOf);
  const unknown = metrics.filter((_, at) => wanted[at] === undefined);
  if (unknown.length > 0) return `There is no metric ${unknown[0]?.slice(0, 100)}`;
  const found = FLEET_METRICS.filter((metric) => metrics.length === 0 || wanted.includes(metric));
  return { metrics: found, intervalSeconds };
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MAX_NAMES && value.every((name) => typeof name === 'string');
}

/** With or without what they all begin with. */
function metricOf(name: string): FleetMetric | undefined {
  return FLEET_METRICS.find((metric) => metric.name === name || metric.name === `cocoon_${name}`);
}
