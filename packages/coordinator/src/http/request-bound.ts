import { DomainError } from '@plexus/core';
import type { FastifyInstance } from 'fastify';

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
  app.addHook('onRequest', (_request, { raw }, done) => {
    open.count += 1;
    // Fastify tells nobody of the end of a request that broke off.
    raw.once('close', () => (open.count -= 1));
    done(open.count > maxRequests ? tooMany(maxRequests) : undefined);
  });
  return open;
}

function tooMany(maxRequests: number): DomainError {
  const message = `${maxRequests} requests are being answered; try again in ${RETRY_SECONDS} s`;
  return new DomainError('OVERLOADED', message, { retryAfterSeconds: RETRY_SECONDS });
}
