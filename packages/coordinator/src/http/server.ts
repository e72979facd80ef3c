import {
  gemmanet,
  type GemmanetDeps,
  type HostGuard,
  installNotFound,
  listenerOptions,
  openai,
  type OpenAiDeps,
  openAiErrorSchema,
  openApiDocument,
  plexus,
  type PlexusDeps,
  useHostGuard,
  useRequestId,
} from '@plexus/api';
import { gemmanetEndpoints, openAiEndpoints, PLEXUS_VERSION, plexusEndpoints } from '@plexus/protocol';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Registry } from 'prom-client';
import Type from 'typebox';
import { serveDocs } from './docs.ts';

/** Time a client has to send its headers and body. */
const REQUEST_TIMEOUT_MS = 120_000;
const MAX_CONNECTIONS = 20_000;

export interface HttpServerDeps {
  readonly logger: FastifyBaseLogger;
  readonly guard: HostGuard;
  readonly metrics: Registry;
  readonly gemmanet: GemmanetDeps;
  readonly openai: OpenAiDeps;
  readonly plexus: PlexusDeps;
  /** Why the coordinator is not ready, if it is not. */
  readonly unready: () => string | undefined;
}

/** The coordinator's listener: the dialects, their docs, health and metrics. */
export async function createHttpServer(deps: HttpServerDeps): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true }),
    ...listenerOptions,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  useRequestId(app);
  useHostGuard(app, deps.guard);
  logRequests(app);
  installNotFound(app);
  serveHealth(app, deps);
  serveDocs(app, apiDocument());
  await app.register(gemmanet, { deps: deps.gemmanet });
  await app.register(openai, { deps: deps.openai });
  await app.register(plexus, { deps: deps.plexus });
  return app;
}

/** One line a request: refusals at info, the rest at debug. */
function logRequests(app: FastifyInstance): void {
  const isVerbose = app.log.level === 'debug' || app.log.level === 'trace';
  app.addHook('onResponse', (request, reply, done) => {
    const isRefusal = reply.statusCode >= 400;
    if (isRefusal || isVerbose) {
      const ms = Math.round(reply.elapsedTime * 1000) / 1000;
      const path = request.routeOptions.url ?? request.url.split('?', 1)[0];
      request.log[isRefusal ? 'info' : 'debug'](
        { method: request.method, path, status: reply.statusCode, ms },
        'request',
      );
    }
    done();
  });
}

function serveHealth(app: FastifyInstance, { metrics, unready }: HttpServerDeps): void {
  app.get('/healthz', (_request, reply) => reply.send({ status: 'ok', version: PLEXUS_VERSION }));
  app.get('/readyz', (_request, reply) => {
    const reason = unready();
    return reason === undefined
      ? reply.send({ status: 'ready' })
      : reply.code(503).send({ status: 'not ready', reason });
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()));
  app.get('/', (_request, reply) => reply.redirect('/docs'));
}

function apiDocument(): object {
  return openApiDocument({
    title: 'Plexus coordinator',
    version: PLEXUS_VERSION,
    tables: [
      { tag: 'gemmanet', endpoints: gemmanetEndpoints, errorSchema: Type.Object({ detail: Type.Unknown() }) },
      { tag: 'openai', endpoints: openAiEndpoints, errorSchema: openAiErrorSchema },
      {
        tag: 'plexus',
        endpoints: plexusEndpoints,
        errorSchema: Type.Object({
          error: Type.Object({
            code: Type.String(),
            message: Type.String(),
            details: Type.Unknown(),
            request_id: Type.String(),
          }),
        }),
      },
    ],
  });
}
