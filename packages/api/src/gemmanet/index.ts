import { gemmanetEndpoints } from '@plexus/protocol';
import type { FastifyPluginAsync } from 'fastify';
import { createRateLimiter, DEFAULT_RATE_LIMITS } from '../rate-limit.ts';
import { registerRoutes } from '../register-routes.ts';
import { accountHandlers } from './accounts.ts';
import type { GemmanetDeps } from './deps.ts';
import { gemmanetErrors } from './errors.ts';
import { networkHandlers } from './network.ts';
import { taskHandlers } from './tasks.ts';

/** GemmaNet's HTTP endpoints. Source: seed 000. */
export const gemmanet: FastifyPluginAsync<{ deps: GemmanetDeps }> = async (app, { deps }) => {
  const { authenticator, rateLimits = DEFAULT_RATE_LIMITS } = deps;
  const handlers = { ...networkHandlers(deps), ...taskHandlers(deps), ...accountHandlers(deps) };
  const gate = { authenticator, limiter: createRateLimiter(rateLimits) };
  registerRoutes(app, gemmanetEndpoints, handlers, { gate, errors: gemmanetErrors });
};
