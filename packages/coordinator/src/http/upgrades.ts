import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { refuseUpgrade, type UpgradeBody, type UpgradeRefusal } from './upgrade-refusal.ts';

export type UpgradeHandler = (request: IncomingMessage, stream: Duplex, head: Buffer) => void;

/** The WebSocket paths of a server: each has one handler, all others are refused. */
export class Upgrades {
  private readonly handlers = new Map<string, UpgradeHandler>();

  private readonly logger: Pick<Logger, 'info'>;

  constructor(server: Server, logger: Pick<Logger, 'info'>) {
    this.logger = logger;
    server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      stream.on('error', () => stream.destroy());
      const handler = this.handlers.get(urlOf(request).pathname);
      if (handler) handler(request, stream, head);
      else this.refuse(request, stream, 404);
    });
  }

  /** @returns what ends it: the path is refused from then on */
  serve(path: string, handler: UpgradeHandler): () => void {
    this.handlers.set(path, handler);
    return () => this.handlers.delete(path);
  }

  /** Answers a request for a WebSocket that is not opened, closes, and logs it like any refused request. */
  refuse(request: IncomingMessage, stream: Duplex, status: UpgradeRefusal, toBody?: UpgradeBody): void {
    const reqId = refuseUpgrade(stream, status, toBody);
    const { host } = request.headers;
    this.logger.info({ reqId, method: request.method, path: urlOf(request).pathname, host, status }, 'request');
  }
}

/** Where an upgrade goes. What is no URL goes nowhere. */
export function urlOf({ url = '' }: IncomingMessage): URL {
  const base = 'http://localhost';
  return new URL(URL.canParse(url, base) ? url : '', base);
}
