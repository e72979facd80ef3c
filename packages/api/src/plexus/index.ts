import { plexusEndpoints } from '@plexus/protocol';
import type { FastifyPluginAsync } from 'fastify';
import { createRateLimiter, DEFAULT_RATE_LIMITS } from '../rate-limit.ts';
import { registerRoutes } from '../register-routes.ts';
import { keyHandlers, walletHandlers } from './accounts.ts';
import type { PlexusDeps } from './deps.ts';
import { plexusErrors } from './errors.ts';
import { jobHandlers } from './jobs.ts';
import { nodeHandlers } from './nodes.ts';
import { receiptHandlers } from './receipts.ts';

/** Plexus's own endpoints under /plexus/v1. */
export const plexus: FastifyPluginAsync<{ deps: PlexusDeps }> = async (app, { deps }) => {
  const { authenticator, rateLimits = DEFAULT_RATE_LIMITS } = deps;
  const handlers = {
    ...nodeHandlers(deps),
    ...jobHandlers(deps),
    ...receiptHandlers(deps),
    ...keyHandlers(deps),
    ...walletHandlers(deps),
  };
  const gate = { authenticator, limiter: createRateLimiter(rateLimits) };
  registerRoutes(app, plexusEndpoints, handlers, { gate, errors: plexusErrors });
};
