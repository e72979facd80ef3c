import { type Endpoint, type Endpoints, type Input, MAX_BODY_BYTES } from '@plexus/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { callerOf, type Gate, gateHooks } from './authentication.ts';
import type { Context, ErrorDialect, Handlers } from './dialect.ts';
import { useErrorDialect } from './error-handler.ts';
import { readIdempotency } from './idempotency.ts';
import { useJsonBodies } from './json-body.ts';
import { RequestContext } from './request-context.ts';
import { createValidatorCompiler } from './validators.ts';

type AnyHandler = (input: Input<Endpoint>, context: Context) => unknown;

/** How a dialect is served. */
export interface Service {
  readonly gate: Gate;
  readonly errors: ErrorDialect;
}

/** Turns a table of endpoints and its handlers into the routes of a Fastify scope of their own. */
export function registerRoutes<const T extends Endpoints>(
  app: FastifyInstance,
  table: T,
  handlers: Handlers<T>,
  { gate, errors }: Service,
): void {
  app.decorateRequest('caller', undefined);
  app.setValidatorCompiler(createValidatorCompiler());
  useJsonBodies(app);
  useErrorDialect(app, errors);
  for (const [operationId, endpoint] of Object.entries(table)) {
    // Handlers are typed for their endpoint; the loop knows only that each is one of them.
    const handler = handlers[operationId] as unknown as AnyHandler;
    app.route(toRoute(operationId, endpoint, handler, gate));
  }
}

function toRoute(operationId: string, endpoint: Endpoint, handler: AnyHandler, gate: Gate): RouteOptions {
  return {
    method: endpoint.method,
    url: endpoint.path.replace(/\{(\w+)\}/g, ':$1'),
    schema: toFastifySchema(operationId, endpoint),
    bodyLimit: MAX_BODY_BYTES,
    ...(hasOptionalBody(endpoint) && { preValidation: emptyBody }),
    ...gateHooks(endpoint, gate),
    handler: toFastifyHandler(operationId, endpoint, handler),
  };
}

/** On every request: nothing here is asynchronous or made that is not needed. */
function toFastifyHandler(operationId: string, endpoint: Endpoint, handler: AnyHandler): RouteOptions['handler'] {
  const { auth, idempotent = false, status } = endpoint;
  return (request: FastifyRequest, reply: FastifyReply) => {
    if (auth !== 'none') callerOf(request);
    const idempotency = idempotent ? readIdempotency(request, operationId) : undefined;
    const { params, query, body } = request;
    if (status !== 200) reply.code(status);
    return handler({ params, query, body } as Input<Endpoint>, new RequestContext(request, reply, idempotency));
  };
}

function toFastifySchema(operationId: string, endpoint: Endpoint): Record<string, unknown> {
  return {
    operationId,
    ...(endpoint.params && { params: endpoint.params }),
    ...(endpoint.query && { querystring: endpoint.query }),
    ...(endpoint.body && { body: endpoint.body }),
    response: { [endpoint.status]: endpoint.response },
  };
}

/** A body of which nothing is required may be left out. */
function hasOptionalBody({ auth, body }: Endpoint): boolean {
  return auth !== 'body' && body !== undefined && 'properties' in body && !('required' in body);
}

function emptyBody(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  request.body ??= {};
  done();
}
