import {
  aitbc,
  type AitbcDeps,
  aitbcErrorSchema,
  type ArtifactDeps,
  artifacts,
  cocoon,
  type CocoonDeps,
  gemmanet,
  type GemmanetDeps,
  gemmanetErrorSchema,
  type HostGuard,
  infernet,
  type InfernetDeps,
  infernetErrorSchema,
  installNotFound,
  listenerOptions,
  neuroshard,
  type NeuroshardDeps,
  neuroshardErrorSchema,
  openai,
  type OpenAiDeps,
  openAiErrorSchema,
  openApiDocument,
  plexus,
  type PayoutPlanDeps,
  payoutPlans,
  type PlexusDeps,
  plexusErrorSchema,
  refusalCodeOf,
  useHostGuard,
} from '@plexus/api';
import {
  AITBC_PREFIXES,
  aitbcEndpoints,
  artifactEndpoints,
  cocoonEndpoints,
  gemmanetEndpoints,
  infernetJobEndpoints,
  infernetNodeEndpoints,
  neuroshardEndpoints,
  neuroshardNodeEndpoints,
  openAiEndpoints,
  PLEXUS_VERSION,
  payoutPlanEndpoints,
  plexusEndpoints,
} from '@plexus/protocol';
import { tendConnections, useRequestId } from '@plexus/listener';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { ConnectionLimits } from '../options.ts';
import { serveDocs } from './docs.ts';
import type { Metrics } from './metrics.ts';
import { type OpenRequests, useRequestBound } from './request-bound.ts';
import { UploadBudget, useUploadBudget } from './upload-budget.ts';

/** Time a client has to send its headers and body. */
const REQUEST_TIMEOUT_MS = 120_000;
const MAX_CONNECTIONS = 20_000;
/** A connection between two requests is kept for so long. */
const KEEP_ALIVE_MS = 72_000;
/** A connection on which nothing moves, in whichever direction, for longer than any answer may take. */
const STILL_MS = 660_000;
/** When to ask again whether the coordinator is ready. */
const RETRY_SECONDS = 1;

export interface HttpServerDeps {
  readonly logger: FastifyBaseLogger;
  readonly guard: HostGuard;
  readonly metrics: Metrics;
  readonly aitbc: AitbcDeps;
  readonly artifacts: ArtifactDeps;
  readonly cocoon: CocoonDeps;
  /** Metrics of the fleet, in Prometheus's text format. */
  readonly fleetMetrics: () => string;
  readonly gemmanet: GemmanetDeps;
  readonly infernet: InfernetDeps;
  readonly neuroshard: NeuroshardDeps;
  readonly openai: OpenAiDeps;
  readonly payoutPlans: PayoutPlanDeps;
  readonly plexus: PlexusDeps;
  readonly limits?: ConnectionLimits;
  /** Why the coordinator is not ready, if it is not. */
  readonly unready: () => string | undefined;
}

/** The coordinator's listener, with what says how busy it is. */
export interface HttpServer {
  readonly app: FastifyInstance;
  readonly requests: OpenRequests;
  readonly uploads: UploadBudget;
}

/** The coordinator's listener: the dialects, their docs, health and metrics. */
export async function createHttpServer(deps: HttpServerDeps): Promise<HttpServer> {
  const app = Fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true }),
    ...listenerOptions,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionTimeout: STILL_MS,
    forceCloseConnections: 'idle',
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  app.server.on('drop', () => deps.metrics.connectionDropped());
  const uploads = new UploadBudget(deps.limits?.maxUploadBytes);
  tendConnections(app.server);
  useRequestId(app);
  const requests = useRequestBound(app, deps.limits?.maxRequests);
  useHostGuard(app, deps.guard);
  useUploadBudget(app, uploads);
  logRequests(app, deps.metrics);
  installNotFound(app);
  serveHealth(app, deps);
  serveDocs(app, { coordinator: apiDocument(), node: nodeDocument() });
  await app.register(artifacts, { deps: deps.artifacts });
  await app.register(gemmanet, { deps: deps.gemmanet });
  await app.register(neuroshard, { deps: deps.neuroshard });
  await app.register(cocoon, { deps: deps.cocoon });
  await app.register(openai, { deps: deps.openai });
  await app.register(aitbc, { deps: deps.aitbc });
  await app.register(plexus, { deps: deps.plexus });
  await app.register(payoutPlans, { deps: deps.payoutPlans });
  await app.register(infernet, { deps: deps.infernet });
  return { app, requests, uploads };
}

/** One line a request: refusals at info, and counted, the rest at debug. */
function logRequests(app: FastifyInstance, metrics: Metrics): void {
  const isVerbose = app.log.level === 'debug' || app.log.level === 'trace';
  app.addHook('onResponse', (request, reply, done) => {
    const code = refusalCodeOf(request);
    const isRefusal = reply.statusCode >= 400;
    if (code !== undefined) metrics.requestRefused(code);
    if (isRefusal || isVerbose) {
      const ms = Math.round(reply.elapsedTime * 1000) / 1000;
      const path = request.routeOptions.url ?? request.url.split('?', 1)[0];
      request.log[isRefusal ? 'info' : 'debug'](
        { method: request.method, path, status: reply.statusCode, ms, ...(code !== undefined && { code }) },
        'request',
      );
    }
    done();
  });
}

function serveHealth(app: FastifyInstance, { metrics: { registry }, fleetMetrics, unready }: HttpServerDeps): void {
  app.get('/healthz', (_request, reply) => reply.send({ status: 'ok', version: PLEXUS_VERSION }));
  app.get('/readyz', (_request, reply) => {
    const reason = unready();
    return reason === undefined
      ? reply.send({ status: 'ready' })
      : reply.code(503).header('retry-after', RETRY_SECONDS).send({ status: 'not ready', reason });
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send((await registry.metrics()) + fleetMetrics()),
  );
  app.get('/', (_request, reply) => reply.redirect('/docs'));
}

function apiDocument(): object {
  return openApiDocument({
    title: 'Plexus coordinator',
    version: PLEXUS_VERSION,
    tables: [
      { tag: 'gemmanet', endpoints: gemmanetEndpoints, errorSchema: gemmanetErrorSchema },
      { tag: 'cocoon', endpoints: cocoonEndpoints, errorSchema: gemmanetErrorSchema },
      { tag: 'artifacts', endpoints: artifactEndpoints, errorSchema: aitbcErrorSchema, prefixes: AITBC_PREFIXES },
      { tag: 'neuroshard', endpoints: neuroshardEndpoints, errorSchema: neuroshardErrorSchema },
      { tag: 'openai', endpoints: openAiEndpoints, errorSchema: openAiErrorSchema },
      { tag: 'plexus', endpoints: { ...plexusEndpoints, ...payoutPlanEndpoints }, errorSchema: plexusErrorSchema },
      { tag: 'aitbc', endpoints: aitbcEndpoints, errorSchema: aitbcErrorSchema, prefixes: AITBC_PREFIXES },
    ],
  });
}

/** What a node serves on its own port, most of it through its coordinator. */
function nodeDocument(): object {
  const endpoints = { ...infernetJobEndpoints, ...infernetNodeEndpoints };
  return openApiDocument({
    title: 'Plexus node',
    version: PLEXUS_VERSION,
    tables: [
      { tag: 'infernet', endpoints, errorSchema: infernetErrorSchema },
      {
        tag: 'neuroshard',
        endpoints: { ...neuroshardNodeEndpoints, ...neuroshardEndpoints },
        errorSchema: neuroshardErrorSchema,
      },
      { tag: 'openai', endpoints: openAiEndpoints, errorSchema: openAiErrorSchema },
      { tag: 'plexus', endpoints: { getJob: plexusEndpoints.getJob }, errorSchema: plexusErrorSchema },
    ],
  });
}
