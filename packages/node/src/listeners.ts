import { isLoopback } from './host-guard.ts';
import type { HttpListeners } from './http.ts';
import type { NodeOptions } from './options.ts';
import type { NodeStats } from './stats/node-stats.ts';
import { openStats } from './stats/stats-listener.ts';

/** All that a node listens on. */
export interface Listeners extends HttpListeners {
  /** Where it says how it does, if one address leads there. */
  readonly stats: { readonly host: string; readonly port: number } | undefined;
}

type StatsOptions = Pick<NodeOptions, 'host' | 'statsPort' | 'statsHost' | 'coordinatorUrl'>;

/**
 * Opens the listener of the node's figures beside the others, where it shall have one of its own.
 *
 * @throws {Error} when its port is taken; then none is left open
 */
export async function withStats(
  http: HttpListeners,
  options: StatsOptions,
  stats: () => Promise<NodeStats>,
): Promise<Listeners> {
  const { host, statsPort } = options;
  const [first] = http.urls;
  if (statsPort === undefined) {
    const port = first === undefined ? undefined : Number(new URL(first).port);
    return { ...http, stats: placeOf(options, port) };
  }
  try {
    const own = await openStats(host, statsPort, stats);
    return {
      urls: http.urls,
      stats: placeOf(options, own.port),
      close: async () => void (await Promise.all([http.close(), own.close()])),
    };
  } catch (error) {
    await http.close();
    throw error;
  }
}

/** A node that listens on all its addresses does not know which of them others see; this machine's own say nothing elsewhere. */
function placeOf({ host, statsHost, coordinatorUrl }: StatsOptions, port: number | undefined): Listeners['stats'] {
  if (port === undefined) return undefined;
  if (statsHost !== undefined) return { host: statsHost, port };
  if (host === '0.0.0.0' || host === '::') return undefined;
  const isSeen = !isLoopback(host) || isLoopback(new URL(coordinatorUrl).hostname.replace(/^\[|\]$/g, ''));
  return isSeen ? { host: host === 'localhost' ? '127.0.0.1' : host, port } : undefined;
}
