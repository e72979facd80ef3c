import { isIP, type LookupFunction } from 'node:net';
import { Client, type Dispatcher, Pool } from 'undici';
import type { Destination } from './destination.ts';

/** Connections at once to one host, where they are used again. */
const MAX_CONNECTIONS = 1000;
/** Hosts whose connections are kept; those that were not used for longest are let go. */
const MAX_HOSTS = 200;
/** The time of a whole request is kept by its course. */
const NO_LIMITS = { headersTimeout: 0, bodyTimeout: 0 };

/**
 * Connections to a destination's addresses and nowhere else. They are made here, so that no proxy of the environment is
 * used.
 */
export interface Connections {
  /** What sends one request. */
  to(destination: Destination): Dispatcher;
  /** That request is over. */
  done(dispatcher: Dispatcher): void;
}

/** A connection of its own for each request. */
export function createSingleConnections(): Connections {
  return {
    to: ({ url, addresses }) => new Client(url.origin, { ...NO_LIMITS, connect: { lookup: pinnedTo(addresses) } }),
    done: (client) => void client.destroy(),
  };
}

/** Connections that are used again, each for the host, port and addresses that it was made to. */
export function createKeptConnections(): Connections {
  const pools = new Map<string, Pool>();

  function open({ url, addresses }: Destination): Pool {
    const connect = { lookup: pinnedTo(addresses) };
    return new Pool(url.origin, { ...NO_LIMITS, connections: MAX_CONNECTIONS, connect });
  }

  return {
    to(destination) {
      const name = `${destination.url.origin} ${destination.addresses.join(' ')}`;
      const pool = pools.get(name) ?? open(destination);
      // Those used last stand at the end.
      pools.delete(name);
      pools.set(name, pool);
      if (pools.size > MAX_HOSTS) closeFirst(pools);
      return pool;
    },
    done: () => undefined,
  };
}

/** What runs over its connections ends as if nothing had happened. */
function closeFirst(pools: Map<string, Pool>): void {
  for (const [name, pool] of pools) {
    pools.delete(name);
    void pool.close();
    return;
  }
}

/** Answers every look-up with the addresses that were checked. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  const [first = { address: '', family: 0 }] = found;
  return (_name, { all }, answer) => {
    if (all) answer(null, found);
    else answer(null, first.address, first.family);
  };
}
