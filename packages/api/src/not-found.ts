import type { FastifyError, FastifyInstance, RouteOptions } from 'fastify';
import { sendError, sendReply } from './error-handler.ts';
import { dialectOf } from './listener.ts';

interface KnownPath {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/**
 * Answers what reaches no route of a dialect in the words of the one it belongs to: unknown paths and methods, and
 * whatever goes wrong on the way there. Call it once, before any route.
 */
export function installNotFound(app: FastifyInstance): void {
  const known = new Map<string, KnownPath>();
  app.addHook('onRoute', (route) => remember(known, route));
  app.setErrorHandler<FastifyError>((error, request, reply) =>
    sendError(error, dialectOf(request.url), request, reply),
  );
  app.setNotFoundHandler((request, reply) => {
    const dialect = dialectOf(request.url);
    const methods = methodsAt(known, request.url);
    if (methods.length === 0) return sendReply(dialect.notFound(request), reply);
    reply.header('allow', methods.join(', '));
    return sendReply(dialect.methodNotAllowed(request), reply);
  });
}

function remember(known: Map<string, KnownPath>, { url, method }: Pick<RouteOptions, 'url' | 'method'>): void {
  const path = known.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
  for (const name of [method].flat()) path.methods.add(name);
  known.set(url, path);
}

/** A route's path as Fastify writes it: `:name` is one segment, a `*` at the end is anything. */
function patternOf(url: string): RegExp {
  const source = url
    .replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replace(/:\w+/g, '[^/]+')
    .replace('*', '.*');
  return new RegExp(`^${source}$`);
}

function methodsAt(known: ReadonlyMap<string, KnownPath>, url: string): readonly string[] {
  const [path = ''] = url.split('?');
  const found = [...known.values()].filter(({ pattern }) => pattern.test(path));
  return [...new Set(found.flatMap(({ methods }) => [...methods]))].toSorted();
}
