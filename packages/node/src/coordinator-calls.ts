/** Calls to the coordinator's HTTP API, made on behalf of clients. */
import { Agent as HttpAgent, type ClientRequest, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** Calls at once; what is beyond them waits with its client's connection. */
const MAX_SOCKETS = 1000;

/** Nothing was heard for too long. */
export class Silence extends Error {
  override readonly name = 'Silence';
}

interface CoordinatorCall {
  /** Under the coordinator's base. */
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface CoordinatorCalls {
  readonly url: URL;
  /** Begins a call; whoever does writes its body. It fails with `Silence` where nothing is heard. */
  send(call: CoordinatorCall): ClientRequest;
  /** Ends what is under way. */
  close(): void;
}

/**
 * @param coordinatorUrl base of the API, without a slash at the end
 * @param silenceMs how long nothing may be heard
 */
export function createCoordinatorCalls(coordinatorUrl: string, silenceMs: number): CoordinatorCalls {
  const url = new URL(coordinatorUrl);
  const isSecure = url.protocol === 'https:';
  const agentOptions = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: silenceMs };
  const agent = isSecure ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  const base = url.pathname.replace(/\/+$/, '');
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  const target = { protocol: url.protocol, hostname, port: url.port, agent, timeout: silenceMs };
  return {
    url,
    send({ path, method, headers }) {
      const options = { ...target, path: base + path, method, headers };
      const sent = isSecure ? httpsRequest(options) : httpRequest(options);
      sent.once('timeout', () => sent.destroy(new Silence(`It did not answer within ${silenceMs} ms`)));
      return sent;
    },
    close: () => agent.destroy(),
  };
}
