import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Destination } from './destination.ts';

/** Connections at once to one host, where they are used again. */
const MAX_CONNECTIONS = 1000;
/** How long one is kept that nobody uses: servers close theirs after 2 s and more, and a request on its way then is lost. */
const IDLE_MS = 1000;

/** How a request is connected to its destination. */
interface Way {
  readonly agent: HttpAgent;
  readonly lookup: LookupFunction;
}

/**
 * Ways to a destination's addresses and nowhere else. Agents are made here, so that no proxy of the environment is used.
 */
export type Connections = (destination: Destination) => Way;

/** A connection of its own for each request. */
export function createSingleConnections(): Connections {
  const options = { keepAlive: false };
  return ({ url, addresses }) => ({
    agent: isSecure(url) ? new HttpsAgent(options) : new HttpAgent(options),
    lookup: pinnedTo(addresses),
  });
}

/** Connections that are used again, each for the host and port that it was made to. */
export function createKeptConnections(): Connections {
  const options = { keepAlive: true, maxSockets: MAX_CONNECTIONS, timeout: IDLE_MS };
  const [http, https] = [new HttpAgent(options), new HttpsAgent(options)];
  return ({ url, addresses }) => ({ agent: isSecure(url) ? https : http, lookup: pinnedTo(addresses) });
}

export function isSecure({ protocol }: URL): boolean {
  return protocol === 'https:';
}

/** Answers every look-up with the addresses that were checked. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  return (_name, { all }, answer) => {
    const found = addresses.map((address) => ({ address, family: isIP(address) }));
    const [first = { address: '', family: 0 }] = found;
    if (all) answer(null, found);
    else answer(null, first.address, first.family);
  };
}
