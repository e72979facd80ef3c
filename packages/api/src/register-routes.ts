import { type Endpoint, type Endpoints, type Input, MAX_BODY_BYTES } from '@plexus/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { Accepted, acceptedReply } from './accepted.ts';
import { callerOf, type Gate, gateHooks } from './authentication.ts';
import type { Context, ErrorDialect, Handlers } from './dialect.ts';
import { useErrorDialect } from './error-handler.ts';
import { EventStream, sendEvents } from './event-stream.ts';
import { FirstAnswers } from './first-answers.ts';
import { readIdempotency } from './idempotency.ts';
import { acceptFiles, fileOf } from './file-body.ts';
import { useJsonBodies } from './json-body.ts';
import { RequestContext } from './request-context.ts';
import { compileSerializer } from './serializers.ts';
import { createValidatorCompiler } from './validators.ts';

type AnyHandler = (input: Input<Endpoint>, context: Context) => unknown;

/** How a dialect is served. */
export interface Service {
  readonly gate: Gate;
  readonly errors: ErrorDialect;
  /** What stands before the paths of the table; every path is served under each. */
  readonly prefixes?: readonly string[];
  /** What is read in the place of a body, where clients write JSON that would lose something. */
  readonly prepareBody?: (text: string) => string;
}

/** Turns a table of endpoints and its handlers into the routes of a Fastify scope of their own. */
export function registerRoutes<const T extends Endpoints>(
  app: FastifyInstance,
  table: T,
  handlers: Handlers<T>,
  service: Service,
): void {
  app.decorateRequest('caller', undefined);
  app.setValidatorCompiler(createValidatorCompiler());
  app.setSerializerCompiler(compileSerializer);
  useJsonBodies(app, service.prepareBody);
  useErrorDialect(app, service.errors);
  const { prefixes = [''] } = service;
  const firstAnswers = new FirstAnswers();
  for (const [operationId, endpoint] of Object.entries(table)) {
    // Handlers are typed for their endpoint; the loop knows only that each is one of them.
    const handler = handlers[operationId] as unknown as AnyHandler;
    for (const prefix of prefixes) {
      const placed = { ...endpoint, path: prefix + endpoint.path };
      const route = toRoute(operationId, placed, remembering(operationId, placed, handler, firstAnswers), service);
      if (endpoint.upload) acceptFiles(app, route);
      else app.route(route);
    }
  }
}

function toRoute(operationId: string, endpoint: Endpoint, handler: AnyHandler, service: Service): RouteOptions {
  const { stream = false, text = false, mayBeEmpty = false, accepted } = endpoint;
  const answer = toFastifyHandler(operationId, endpoint, handler);
  return {
    method: endpoint.method,
    url: endpoint.path.replace(/\{(\w+)\}/g, ':$1'),
    schema: toFastifySchema(operationId, endpoint),
    bodyLimit: MAX_BODY_BYTES,
    ...(hasOptionalBody(endpoint) && { preValidation: emptyBody }),
    ...gateHooks(endpoint, service.gate),
    handler: stream || text || mayBeEmpty || accepted ? inAnyForm(answer, service) : answer,
  };
}

/** Whoever repeats a call that made something is told what was told first. */
function remembering(
  operationId: string,
  { creates }: Endpoint,
  handler: AnyHandler,
  firstAnswers: FirstAnswers,
): AnyHandler {
  if (creates === undefined) return handler;
  return async (input, context) => {
    const answer = await handler(input, context);
    return context.idempotency ? firstAnswers.of(operationId, creates, answer) : answer;
  };
}

type RouteHandler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** On every request: nothing here is asynchronous or made that is not needed. */
function toFastifyHandler(operationId: string, endpoint: Endpoint, handler: AnyHandler): RouteHandler {
  const { auth, idempotent = false, upload = false, status, mediaType } = endpoint;
  return (request, reply) => {
    if (auth !== 'none') callerOf(request);
    const idempotency = idempotent ? readIdempotency(request, operationId) : undefined;
    const { params, query } = request;
    const body = upload ? fileOf(request) : request.body;
    if (status !== 200) reply.code(status);
    if (mediaType !== undefined) reply.type(`${mediaType}; charset=utf-8`);
    const context = new RequestContext(request, reply, operationId, idempotency);
    return handler({ params, query, body } as Input<Endpoint>, context);
  };
}

/** For endpoints that declare other forms of an answer than their response. */
function inAnyForm(handler: RouteHandler, { errors, gate: { authenticator } }: Service): RouteHandler {
  return async (request, reply) => {
    const answer = await handler(request, reply);
    if (answer instanceof EventStream) {
      return await sendEvents(answer, { request, reply, errors, authenticator });
    }
    if (answer === undefined) return await reply.code(204).send();
    return answer instanceof Accepted ? acceptedReply(answer, reply) : answer;
  };
}

function toFastifySchema(operationId: string, endpoint: Endpoint): Record<string, unknown> {
  return {
    operationId,
    ...(endpoint.params && { params: endpoint.params }),
    ...(endpoint.query && { querystring: endpoint.query }),
    ...(endpoint.body && { body: endpoint.body }),
    response: {
      [endpoint.status]: endpoint.response,
      ...(endpoint.accepted && { 202: endpoint.accepted }),
    },
  };
}

/** A body of which nothing is required may be left out. */
function hasOptionalBody({ auth, body }: Endpoint): boolean {
  return auth !== 'body' && body !== undefined && 'properties' in body && !('required' in body);
}

function emptyBody(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  if (request.body === undefined) request.body = {};
  done();
}
