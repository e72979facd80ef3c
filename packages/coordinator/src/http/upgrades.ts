import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { refuseUpgrade } from './upgrade-refusal.ts';

export type UpgradeHandler = (request: IncomingMessage, stream: Duplex, head: Buffer) => void;

/** The WebSocket paths of a server: each has one handler, all others are refused. */
export class Upgrades {
  private readonly handlers = new Map<string, UpgradeHandler>();

  constructor(server: Server) {
    server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      stream.on('error', () => stream.destroy());
      const handler = this.handlers.get(urlOf(request).pathname);
      if (handler) handler(request, stream, head);
      else refuseUpgrade(stream, 404);
    });
  }

  /** @returns what ends it: the path is refused from then on */
  serve(path: string, handler: UpgradeHandler): () => void {
    this.handlers.set(path, handler);
    return () => this.handlers.delete(path);
  }
}

/** Where an upgrade goes. What is no URL goes nowhere. */
export function urlOf({ url = '' }: IncomingMessage): URL {
  const base = 'http://localhost';
  return new URL(URL.canParse(url, base) ? url : '', base);
}
