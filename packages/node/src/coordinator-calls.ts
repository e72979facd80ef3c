/** Calls to the coordinator's HTTP API, made on behalf of clients. */
import type { Readable } from 'node:stream';
import { type Dispatcher, errors, Pool } from 'undici';

/** Calls at once; what is beyond them waits with its client's connection. */
const MAX_CONNECTIONS = 1000;

interface CoordinatorCall {
  /** Under the coordinator's base. */
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  /** Nothing where the method's has no meaning. */
  readonly body: Buffer | Readable | null;
}

export interface CoordinatorCalls {
  readonly url: URL;
  /** Begins a call; its answer is told to the handler as it comes. */
  send(call: CoordinatorCall, handler: Dispatcher.DispatchHandler): void;
  /** Ends what is under way. */
  close(): Promise<void>;
}

/**
 * @param coordinatorUrl base of the API, without a slash at the end
 * @param silenceMs how long nothing may be heard
 */
export function createCoordinatorCalls(coordinatorUrl: string, silenceMs: number): CoordinatorCalls {
  const url = new URL(coordinatorUrl);
  const base = url.pathname.replace(/\/+$/, '');
  const times = { headersTimeout: silenceMs, bodyTimeout: silenceMs };
  const pool = new Pool(url.origin, { connections: MAX_CONNECTIONS, ...times });
  return {
    url,
    send({ path, method, headers, body }, handler) {
      pool.dispatch({ path: base + path, method: method as Dispatcher.HttpMethod, headers, body }, handler);
    },
    close: () => pool.destroy(),
  };
}

/** Whether nothing was heard for too long. */
export function isSilence(error: unknown): boolean {
  return error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
}
