import { DomainError } from '@plexus/core';
import type { FastifyInstance } from 'fastify';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests that are being answered at once: a connection may send many before the first answer. */
const MAX_REQUESTS = 20_000;
/** Told to a client whose request finds no room. */
const RETRY_SECONDS = 1;

/** Requests that came and were not answered yet. */
export interface OpenRequests {
  readonly count: number;
}

/** Bounds the requests that are open at once. Call it before anything else that may refuse one. */
export function useRequestBound(app: FastifyInstance, maxRequests: number = MAX_REQUESTS): OpenRequests {
  const open = { count: 0 };
  const waiting = new WeakMap<Socket, Set<() => void>>();
  app.addHook('onRequest', (_request, { raw }, done) => {
    open.count += 1;
    // Fastify tells nobody of the end of a request that broke off.
    whenOver(raw, waiting, () => (open.count -= 1));
    done(open.count > maxRequests ? tooMany(maxRequests) : undefined);
  });
  return open;
}

/** Node.js closes the answer whose turn it is, and forgets those behind it when their connection is closed. */
function whenOver(raw: ServerResponse, waiting: WeakMap<Socket, Set<() => void>>, listener: () => void): void {
  const { socket } = raw.req;
  const known = waiting.get(socket);
  const own = known ?? new Set();
  if (!known) {
    waiting.set(socket, own);
    socket.once('close', () => own.forEach((end) => end()));
  }
  const end = (): void => {
    if (own.delete(end)) listener();
  };
  own.add(end);
  raw.once('close', end);
}

function tooMany(maxRequests: number): DomainError {
  const message = `${maxRequests} requests are being answered; try again in ${RETRY_SECONDS} s`;
  return new DomainError('OVERLOADED', message, { retryAfterSeconds: RETRY_SECONDS });
}
