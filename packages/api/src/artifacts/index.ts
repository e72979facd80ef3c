import { artifactEndpoints } from '@plexus/protocol';
import type { FastifyPluginAsync } from 'fastify';
import type { Handlers } from '../dialect.ts';
import { useErrorDialect } from '../error-handler.ts';
import { createRateLimiter, DEFAULT_RATE_LIMITS } from '../rate-limit.ts';
import { registerRoutes } from '../register-routes.ts';
import type { ArtifactDeps } from './deps.ts';
import { serveDownloads } from './downloads.ts';
import { artifactErrors as errors } from './errors.ts';
import { serveLeases } from './leases.ts';

/** AITBC's paths answer under its page's production base too. Source: seed 002, "Health". */
const PREFIXES = ['', '/api'];

/** Files: bundles that clients upload, what jobs make of them, and the way of both to and from the nodes. */
export const artifacts: FastifyPluginAsync<{ deps: ArtifactDeps }> = async (app, { deps }) => {
  const { authenticator, rateLimits = DEFAULT_RATE_LIMITS } = deps;
  const gate = { authenticator, limiter: createRateLimiter(rateLimits) };
  for (const prefix of PREFIXES) {
    await app.register(async (scope) => registerRoutes(scope, artifactEndpoints, handlersOf(deps), { gate, errors }), {
      prefix,
    });
  }
  useErrorDialect(app, errors);
  serveDownloads(app, deps, gate);
  serveLeases(app, deps, gate);
};

function handlersOf({ bundles }: ArtifactDeps): Handlers<typeof artifactEndpoints> {
  return {
    async uploadBundle({ body }, context) {
      const length = context.header('content-length');
      const declaredBytes = length === undefined ? undefined : Number(length);
      const { sha256, sizeBytes } = await bundles.upload(context.caller, body, declaredBytes);
      return { bundle: sha256, size: sizeBytes };
    },
  };
}
