/** The readers' hub on a real listener, over a feed that tells what a test wants. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import {
  type Caller,
  DomainError,
  type EventFeed,
  type FeedEvent,
  type FeedListener,
  type NumberedEvent,
} from '@plexus/core';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { createFeedHub, type FeedHubDeps } from '../src/feed/feed-hub.ts';
import { Upgrades } from '../src/http/upgrades.ts';
import { createLogger } from '../src/logger.ts';

function callerOf(keyId: string): Caller {
  return { accountId: 'client', keyId, role: 'client', scopes: ['read'], limited: false };
}

export function eventOf(jobId: string): FeedEvent {
  return { type: 'job_update', accountId: 'client', jobId, state: 'queued', at: new Date(0) };
}

/** Everything that was told, in memory; a page of the past has three events. */
class ScriptedFeed implements EventFeed {
  position = 0;
  readonly past: NumberedEvent[] = [];
  private readonly listeners = new Set<FeedListener>();

  get isHeard(): boolean {
    return this.listeners.size > 0;
  }

  async listen(listener: FeedListener): Promise<() => void> {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async read(after: number) {
    const events = this.past.filter(({ sequence }) => sequence > after).slice(0, 3);
    return { events, through: events.at(-1)?.sequence ?? after };
  }

  tell(...events: readonly FeedEvent[]): void {
    const numbered = events.map((event, index) => ({ sequence: this.position + index + 1, event }));
    this.past.push(...numbered);
    this.position += events.length;
    for (const listener of this.listeners) listener(numbered);
  }
}

export async function createWorld(changes: Partial<FeedHubDeps> = {}) {
  const feed = new ScriptedFeed();
  const server = createServer();
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  const revoked = new Set<string>();
  const hub = createFeedHub(new Upgrades(server, { info: () => undefined }), {
    feed,
    authenticator: {
      async authenticate(key = '') {
        if (revoked.has(key)) throw new DomainError('INVALID_API_KEY', 'Invalid API key', {});
        return callerOf(key);
      },
    },
    jobs: { get: () => Promise.reject(new Error('not meant to be called')) },
    lastEvent: async () => feed.position,
    logger: createLogger({ level: 'silent' }),
    isAllowed: () => true,
    onRefusal: () => undefined,
    ...changes,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    hub.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { feed, hub, sockets, revoked, port };
}

/** A reader of the official library, with what it heard and how it ended. */
export async function openReader(port: number, { key, since }: { key?: string; since?: number } = {}) {
  const query = since === undefined ? '' : `?since=${since}`;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws${query}`, { headers: key ? { 'x-api-key': key } : {} });
  const heard: string[] = [];
  const told = new Set<() => void>();
  socket.on('message', (data) => {
    heard.push(Buffer.isBuffer(data) ? data.toString() : '');
    for (const look of told) look();
  });
  const closed = once(socket, 'close').then(([code]) => Number(code));
  await Promise.race([once(socket, 'open'), closed]);
  /** Waits until so many messages came. */
  const hear = (count: number) =>
    new Promise<readonly string[]>((resolve) => {
      const look = () => heard.length >= count && resolve(heard);
      told.add(look);
      look();
    });
  return { socket, heard, closed, hear };
}

/** The status with which a reader is refused. */
export async function refusalOf(port: number, { key }: { key: string }): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: { 'x-api-key': key } });
  socket.on('error', () => undefined);
  const [, response] = await once(socket, 'unexpected-response');
  socket.terminate();
  return response.statusCode;
}
