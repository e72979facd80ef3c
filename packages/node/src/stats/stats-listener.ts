import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NodeStats } from './node-stats.ts';

export const STATS_PATH = '/jsonstats';
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 100;

/** A listener that says how the node does, and nothing else. */
export interface StatsListener {
  readonly port: number;
  close(): Promise<void>;
}

/** @throws {Error} when the port is taken */
export async function openStats(host: string, port: number, stats: () => Promise<NodeStats>): Promise<StatsListener> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    if (request.method !== 'GET' || request.url !== STATS_PATH) {
      response.writeHead(404).end();
      return;
    }
    stats().then(
      (found) => response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(found)}\n`),
      () => response.writeHead(500).end(),
    );
  });
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
