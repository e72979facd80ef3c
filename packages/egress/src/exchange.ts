import { Agent as HttpAgent, type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Course } from './course.ts';
import type { Destination } from './destination.ts';

/** One request to one destination. */
export interface Exchange {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  readonly course: Course;
  readonly agents: Agents;
}

/** Makes the agent that a request goes by. They are made here, so that no proxy of the environment is used. */
export interface Agents {
  http(): HttpAgent;
  https(): HttpsAgent;
}

/** Connections at once to one host, where they are used again. */
const MAX_SOCKETS = 1000;

/** Agents that share connections, or one for each request that shares none. */
export function createAgents(keepAlive: boolean): Agents {
  if (!keepAlive) {
    const options = { keepAlive };
    return { http: () => new HttpAgent(options), https: () => new HttpsAgent(options) };
  }
  const options = { keepAlive, maxSockets: MAX_SOCKETS };
  const [http, https] = [new HttpAgent(options), new HttpsAgent(options)];
  return { http: () => http, https: () => https };
}

/**
 * Sends a request to one of the destination's addresses and nowhere else: over a connection of its own, or over one that
 * this egress made to the same host before.
 *
 * @returns the answer as its head has come
 */
export function exchange({ url, addresses }: Destination, how: Exchange): Promise<IncomingMessage> {
  const { method, headers, body, course, agents } = how;
  const { signal, idleMs: timeout } = course;
  const isSecure = url.protocol === 'https:';
  const options: RequestOptions = { method, headers, signal, timeout, lookup: pinnedTo(addresses) };
  return new Promise((resolve, reject) => {
    const request = isSecure
      ? httpsRequest(url, { ...options, agent: agents.https() })
      : httpRequest(url, { ...options, agent: agents.http() });
    request.once('response', resolve);
    request.on('error', reject);
    request.once('timeout', () => course.stopIdle());
    request.end(body);
  });
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
