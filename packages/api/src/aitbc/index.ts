import { AITBC_PREFIXES, aitbcEndpoints } from '@plexus/protocol';
import type { FastifyPluginAsync } from 'fastify';
import { createRateLimiter, type RateLimits } from '../rate-limit.ts';
import { registerRoutes } from '../register-routes.ts';
import type { AitbcDeps } from './deps.ts';
import { aitbcErrors } from '../aitbc-errors.ts';
import { jobHandlers } from './jobs.ts';
import { marketplaceHandlers } from './marketplace.ts';
import { minerHandlers } from './miners.ts';
import { networkHandlers } from './network.ts';
import { receiptHandlers } from './receipts.ts';
import { registryHandlers } from './registry.ts';
import { serviceHandlers } from './services.ts';
import { webhookHandlers } from './webhooks.ts';

/** Source: contract/aitbc.md, "Default limit". */
const RATE_LIMITS: RateLimits = { perMinute: 600 };

/** AITBC's coordinator. Source: seed 002. */
export const aitbc: FastifyPluginAsync<{ deps: AitbcDeps }> = async (app, { deps }) => {
  const { authenticator, rateLimits = RATE_LIMITS } = deps;
  const handlers = {
    ...jobHandlers(deps),
    ...serviceHandlers(deps),
    ...receiptHandlers(deps),
    ...registryHandlers(deps),
    ...marketplaceHandlers(deps),
    ...minerHandlers(deps),
    ...networkHandlers(deps),
    ...webhookHandlers(deps),
  };
  const gate = { authenticator, limiter: createRateLimiter(rateLimits) };
  registerRoutes(app, aitbcEndpoints, handlers, { gate, errors: aitbcErrors, prefixes: AITBC_PREFIXES });
};
