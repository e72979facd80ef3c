import {
  closeInStages,
  connectionOptions,
  KnownPaths,
  refusalMessage,
  tendConnections,
  useJsonOrNothing,
  useRequestId,
} from '@plexus/listener';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { CoordinatorAddress } from './address.ts';
import { forwardDialects } from './forward.ts';
import {
  type ForwardedDialect,
  forwardedDialects,
  forwardedPaths,
  OWN_WORDS,
  type RefusalWords,
  refusalWords,
} from './forwarded-dialects.ts';
import { forwardSockets } from './forward-socket.ts';
import { createHostGuard } from './host-guard.ts';
import type { Containers } from './infernet/containers.ts';
import { serveInfernet } from './infernet/routes.ts';
import { serveShard, type ShardOptions } from './neuroshard/routes.ts';
import { type LinkState, unreadyOf } from './link.ts';
import type { NodeMetrics } from './metrics.ts';
import type { NodePass } from './node-pass.ts';
import type { ServiceState } from './options.ts';
import { SOFTWARE } from './registration.ts';
import type { NodeStats } from './stats/node-stats.ts';
import { STATS_PATH } from './stats/stats-listener.ts';

const RETRY_SECONDS = 1;
/** Time a client has to send its headers and body. */
const REQUEST_TIMEOUT_MS = 120_000;
const MAX_CONNECTIONS = 2000;
/** Names of models may have 200 characters, each of which may be escaped. */
const MAX_PARAM_CHARACTERS = 600;
/** A connection on which nothing moves for longer than a forwarded answer may take. */
const STILL_MS = 660_000;

export interface HttpOptions {
  readonly host: string;
  /** Names under which it may be called besides. */
  readonly names: readonly string[];
  /** The node's, and Infernet's where there is one. */
  readonly ports: readonly number[];
  readonly nodeId: string;
  readonly address: CoordinatorAddress;
  readonly metrics: NodeMetrics;
  readonly pass: NodePass;
  /** For Infernet's clients. */
  readonly containers: Pick<Containers, 'resources'>;
  /** For NeuroShard's clients. */
  readonly shard: ShardOptions;
  readiness(): LinkState;
  services(): readonly ServiceState[];
  stats(): Promise<NodeStats>;
  /** The coordinator's metrics of the fleet; nothing while it is out of reach. */
  fleetMetrics(): Promise<string>;
}

export interface HttpListeners {
  readonly urls: readonly string[];
  close(): Promise<void>;
}

/** @throws {Error} when a port is taken; then none is left open */
export async function openListeners(options: HttpOptions): Promise<HttpListeners> {
  const servers: FastifyInstance[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.close()));
  };
  const urls: string[] = [];
  try {
    for (const [at, port] of options.ports.entries()) {
      const server = createServer(options, at === 0 ? OWN_WORDS.node : OWN_WORDS.infernet);
      servers.push(server);
      urls.push(await server.listen({ host: options.host, port }));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { urls, close };
}

function createServer(options: HttpOptions, ownWords: ForwardedDialect['words']): FastifyInstance {
  const dialects = forwardedDialects(options.pass);
  const words = refusalWords(dialects, ownWords);
  const refuse = refuserFor(words);
  const server = fastify({
    ...connectionOptions,
    routerOptions: { maxParamLength: MAX_PARAM_CHARACTERS },
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id);
      refuse(error, request, reply);
    },
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: STILL_MS,
    forceCloseConnections: true,
  });
  server.server.maxConnections = MAX_CONNECTIONS;
  tendConnections(server.server);
  useRequestId(server);
  const isMeant = createHostGuard(options.host, options.names);
  server.addHook('onRequest', async (request, reply) => {
    if (isMeant(request.headers.host)) return;
    // A request must have one. Source: RFC 9112, section 3.2.
    const status = request.headers.host === undefined ? 400 : 421;
    const message =
      'This Host is not served here; use the address that the node listens on, or start it with --allowed-host NAME';
    await reply.code(status).send(words(request, { status, code: 'unknown_host', message }));
  });
  useJsonOrNothing(server);
  server.setErrorHandler<Failure>(refuse);
  answerUnknown(server, words);
  forwardSockets(server.server, { coordinatorUrl: options.address.httpUrl, isMeant });
  addRoutes(server, options, dialects);
  serveInfernet(server, options.containers);
  serveShard(server, options.shard);
  forwardDialects(server, dialects, {
    coordinatorUrl: options.address.httpUrl,
    unready: () => unreadyOf(options.readiness()),
  });
  return server;
}

/** Answers unknown paths and methods. Call it once, before any route. */
function answerUnknown(server: FastifyInstance, words: RefusalWords): void {
  const known = new KnownPaths();
  server.addHook('onRoute', (route) => known.add(route));
  server.setNotFoundHandler(async (request, reply) => {
    const { method, url } = request;
    const methods = known.methodsAt(url);
    const refusal =
      methods.length === 0
        ? { status: 404, code: 'unknown_url', message: `There is no ${method} ${url.split('?')[0]} on this node` }
        : { status: 405, code: 'method_not_allowed', message: `${method} is not possible here` };
    if (methods.length > 0) reply.header('allow', methods.join(', '));
    await reply.code(refusal.status).send(words(request, refusal));
  });
}

type Failure = Error & { readonly statusCode?: number };

/** What Fastify refuses is said as it says it; what went wrong here is nobody's business. */
function refuserFor(words: RefusalWords) {
  return ({ statusCode = 500, message }: Failure, request: FastifyRequest, reply: FastifyReply): void => {
    // Fastify closes where it has not read the body.
    if (reply.getHeader('connection') === 'close') closeInStages(request.raw);
    const isRefusal = statusCode >= 400 && statusCode < 500;
    const refusal = isRefusal
      ? { status: statusCode, code: 'malformed_request', message: refusalMessage(statusCode, message) }
      : { status: 500, code: 'internal_error', message: `This node failed (request ${request.id})` };
    reply.code(refusal.status).send(words(request, refusal));
  };
}

function addRoutes(server: FastifyInstance, options: HttpOptions, dialects: readonly ForwardedDialect[]): void {
  server.get('/', async () => about(options, dialects));
  server.get('/healthz', async () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    const reason = unreadyOf(options.readiness());
    if (reason === undefined) return { status: 'ready' };
    reply.code(503).header('retry-after', RETRY_SECONDS);
    return { status: 'not ready', reason };
  });
  server.get(STATS_PATH, async () => options.stats());
  server.get('/metrics', async (_request, reply) => {
    reply.header('content-type', options.metrics.contentType);
    return (await options.metrics.text()) + (await options.fleetMetrics());
  });
}

function about(options: HttpOptions, dialects: readonly ForwardedDialect[]) {
  const { nodeId, address } = options;
  const { isConnected, reason } = options.readiness();
  return {
    name: 'Plexus node',
    software: SOFTWARE,
    node_id: nodeId,
    coordinator: { url: address.httpUrl, docs: `${address.httpUrl}/docs`, connected: isConnected, reason },
    services: options.services(),
    endpoints: ['/healthz', '/readyz', '/metrics', STATS_PATH, ...forwardedPaths(dialects)],
  };
}
