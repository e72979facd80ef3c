import { AITBC_PREFIXES, artifactEndpoints } from '@plexus/protocol';
import type { FastifyPluginAsync } from 'fastify';
import { aitbcErrors as errors } from '../aitbc-errors.ts';
import type { Handlers } from '../dialect.ts';
import { useErrorDialect } from '../error-handler.ts';
import { createRateLimiter, DEFAULT_RATE_LIMITS } from '../rate-limit.ts';
import { registerRoutes } from '../register-routes.ts';
import type { ArtifactDeps } from './deps.ts';
import { serveDownloads } from './downloads.ts';
import { serveLeases } from './leases.ts';

/** Files, in AITBC's words: bundles that clients upload, what jobs make of them, and the way of both to and from the nodes. */
export const artifacts: FastifyPluginAsync<{ deps: ArtifactDeps }> = async (app, { deps }) => {
  const { authenticator, rateLimits = DEFAULT_RATE_LIMITS } = deps;
  const gate = { authenticator, limiter: createRateLimiter(rateLimits) };
  await app.register(async (scope) =>
    registerRoutes(scope, artifactEndpoints, handlersOf(deps), { gate, errors, prefixes: AITBC_PREFIXES }),
  );
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
