import { setTimeout as sleep } from 'node:timers/promises';
import { type Backoff, BUSY_CAP_MS, IDLE_CAP_MS } from './backoff.ts';
import { Connection, type ConnectionEnd, type ConnectionOptions, type LinkTraffic } from './connection.ts';

export type { LinkTraffic };

/** A registration that lasted this long was a good one: the next attempts begin anew. */
const GOOD_MS = 250;

export interface LinkState {
  readonly isConnected: boolean;
  /** Why not. */
  readonly reason?: string;
}

/** Why a node does not speak with its coordinator; nothing while it does. */
export function unreadyOf({ isConnected, reason = 'not connected' }: LinkState): string | undefined {
  return isConnected ? undefined : reason;
}

export interface LinkOptions extends Omit<ConnectionOptions, 'onEnded'> {
  readonly backoff: Backoff;
  /** Whether work is held that the coordinator waits for. */
  isBusy(): boolean;
  onLost(): void;
}

/** The way to the coordinator, made again whenever it breaks. */
export interface Link {
  state(): LinkState;
  /** Of all connections since the start. */
  traffic(): LinkTraffic;
  /** Bytes that were written and did not leave yet. */
  unsentBytes(): number;
  /** Writes the frames at once; false when the node is not registered. */
  send(frames: readonly string[]): boolean;
  /** Tells the coordinator what this node offers now. */
  renew(): void;
  /** Resolves when the link has ended: with the reason when it ended by itself. */
  readonly ended: Promise<Error | undefined>;
  close(): Promise<void>;
}

export function openLink(options: LinkOptions): Link {
  const closing = new AbortController();
  let connection: Connection | undefined;
  let past: LinkTraffic = { bytesSent: 0, bytesReceived: 0, messages: 0 };
  let state: LinkState = { isConnected: false, reason: `connecting to ${options.address.httpUrl}` };

  async function connect(): Promise<ConnectionEnd> {
    let registeredAt = performance.now();
    const end = await new Promise<ConnectionEnd>((resolve) => {
      const onRegistered = (): void => {
        registeredAt = performance.now();
        state = { isConnected: true };
        options.onRegistered();
      };
      connection = new Connection({ ...options, onRegistered, onEnded: resolve });
    });
    past = sumOf(past, connection?.traffic);
    connection = undefined;
    state = { isConnected: false, reason: end.reason };
    if (end.wasRegistered) options.onLost();
    return { ...end, wasRegistered: end.wasRegistered && performance.now() - registeredAt >= GOOD_MS };
  }

  async function run(): Promise<Error | undefined> {
    for (let attempt = 1; !closing.signal.aborted; attempt++) {
      const { fatal, reason, wasRegistered } = await connect();
      if (fatal) return fatal;
      if (closing.signal.aborted) return undefined;
      if (wasRegistered) attempt = 1;
      const waitMs = options.backoff(attempt, options.isBusy() ? BUSY_CAP_MS : IDLE_CAP_MS);
      options.logger.warn({ reason, waitMs: Math.round(waitMs) }, 'Not connected to the coordinator; trying again');
      await pause(waitMs, closing.signal);
    }
    return undefined;
  }

  const ended = run().catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  return {
    state: () => state,
    traffic: () => sumOf(past, connection?.traffic),
    unsentBytes: () => connection?.unsentBytes ?? 0,
    send: (frames) => connection?.send(frames) ?? false,
    renew: () => connection?.renew(),
    ended,
    async close() {
      closing.abort();
      connection?.close();
      await ended;
    },
  };
}

function sumOf(left: LinkTraffic, right: LinkTraffic | undefined): LinkTraffic {
  return {
    bytesSent: left.bytesSent + (right?.bytesSent ?? 0),
    bytesReceived: left.bytesReceived + (right?.bytesReceived ?? 0),
    messages: left.messages + (right?.messages ?? 0),
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
