import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** An id from outside that is short and safe to print in a log. */
const ACCEPTABLE = /^[\x21-\x7e]{1,128}$/;

/** Gives every request an id and every response its `x-request-id`. Call it before anything else of the listener. */
export function useRequestId(app: FastifyInstance): void {
  const prefix = randomBytes(6).toString('hex');
  let count = 0;
  app.setGenReqId(({ headers }: Pick<IncomingMessage, 'headers'>) => {
    const given = headers['x-request-id'];
    return typeof given === 'string' && ACCEPTABLE.test(given) ? given : `${prefix}-${(count++).toString(36)}`;
  });
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
}
