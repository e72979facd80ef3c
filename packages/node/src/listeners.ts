import type { HttpListeners } from './http.ts';
import type { NodeOptions } from './options.ts';
import type { NodeStats } from './stats/node-stats.ts';
import { openStats } from './stats/stats-listener.ts';

/** All that a node listens on. */
export interface Listeners extends HttpListeners {
  /** Where it says how it does, if one address leads there. */
  readonly stats: { readonly host: string; readonly port: number } | undefined;
}

/**
 * Opens the listener of the node's figures beside the others, where it shall have one of its own.
 *
 * @throws {Error} when its port is taken; then none is left open
 */
export async function withStats(
  http: HttpListeners,
  { host, statsPort }: Pick<NodeOptions, 'host' | 'statsPort'>,
  stats: () => Promise<NodeStats>,
): Promise<Listeners> {
  const [first] = http.urls;
  if (statsPort === undefined) {
    const port = first === undefined ? undefined : Number(new URL(first).port);
    return { ...http, stats: placeOf(host, port) };
  }
  try {
    const own = await openStats(host, statsPort, stats);
    return {
      urls: http.urls,
      stats: placeOf(host, own.port),
      close: async () => void (await Promise.all([http.close(), own.close()])),
    };
  } catch (error) {
    await http.close();
    throw error;
  }
}

/** A node that listens on all its addresses does not know which of them others see. */
function placeOf(host: string, port: number | undefined): Listeners['stats'] {
  if (port === undefined || host === '0.0.0.0' || host === '::') return undefined;
  return { host: host === 'localhost' ? '127.0.0.1' : host, port };
}
