import { KnownPaths, useJsonOrNothing } from '@plexus/listener';
import type { FastifyError, FastifyInstance } from 'fastify';
import { sendError, sendReply } from './error-handler.ts';
import { dialectOf } from './listener.ts';

/**
 * Answers what reaches no route of a dialect in the words of the one it belongs to: unknown paths and methods, and
 * whatever goes wrong on the way there. Call it once, before any route.
 */
export function installNotFound(app: FastifyInstance): void {
  const known = new KnownPaths();
  app.addHook('onRoute', (route) => known.add(route));
  useJsonOrNothing(app);
  app.setErrorHandler<FastifyError>((error, request, reply) =>
    sendError(error, dialectOf(request.url), request, reply),
  );
  app.setNotFoundHandler((request, reply) => {
    const dialect = dialectOf(request.url);
    const methods = known.methodsAt(request.url);
    if (methods.length === 0) return sendReply(dialect.notFound(request), reply);
    reply.header('allow', methods.join(', '));
    return sendReply(dialect.methodNotAllowed(request), reply);
  });
}
