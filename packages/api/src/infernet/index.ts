import { INFERNET_PREFIX, infernetJobEndpoints } from '@plexus/protocol';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { createRateLimiter, DEFAULT_RATE_LIMITS } from '../rate-limit.ts';
import { registerRoutes } from '../register-routes.ts';
import { clientAddress, nodeIdOf, requireNode } from './client.ts';
import { createClientRates } from './client-rates.ts';
import type { InfernetDeps } from './deps.ts';
import { infernetErrors } from './errors.ts';
import { createIntake } from './intake.ts';
import { jobHandlers } from './jobs.ts';
import { liveHandlers } from './live-jobs.ts';
import { largeNumbersAsTexts } from './large-numbers.ts';
import { nodeHandlers } from './node.ts';
import { createOwnJobs } from './own-jobs.ts';

/** Infernet's node, for the nodes that clients call and that hand their calls on. Source: seed 004. */
export const infernet: FastifyPluginAsync<{ deps: InfernetDeps }> = async (app, { deps }) => {
  const { authenticator, guests, rateLimits = DEFAULT_RATE_LIMITS } = deps;
  app.addHook('onRequest', requireNode(deps));
  const intake = createIntake({ sites: deps.sites, rates: createClientRates(rateLimits === 'off'), guests });
  const parts = { intake, own: createOwnJobs(deps) };
  const handlers = { ...jobHandlers(deps, parts), ...liveHandlers(deps, parts), ...nodeHandlers(deps) };
  const gate = {
    authenticator,
    limiter: createRateLimiter(rateLimits),
    addressOf: clientAddress,
    ...(guests && { guestOf: (request: FastifyRequest) => guests.callerAt(clientAddress(request), nodeIdOf(request)) }),
  };
  const words = { gate, errors: infernetErrors, prepareBody: largeNumbersAsTexts };
  registerRoutes(app, infernetJobEndpoints, handlers, { ...words, prefixes: [INFERNET_PREFIX] });
};
