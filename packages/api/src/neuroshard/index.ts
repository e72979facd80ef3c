import { inferenceEndpoints, walletEndpoints } from '@plexus/protocol';
import type { FastifyPluginAsync } from 'fastify';
import { createRateLimiter, type RateLimits } from '../rate-limit.ts';
import { registerRoutes } from '../register-routes.ts';
import type { NeuroshardDeps } from './deps.ts';
import { neuroshardErrors } from './errors.ts';
import { inferenceHandlers } from './inference.ts';
import { walletHandlers } from './wallet.ts';

/** Source: contract/neuroshard.md, "Limits per minute". */
const INFERENCE_LIMITS: RateLimits = { perMinute: 60 };
const WALLET_LIMITS: RateLimits = { perMinute: 10 };

/** NeuroShard's calls about accounts, jobs and the network, which nodes hand on. Source: seed 003. */
export const neuroshard: FastifyPluginAsync<{ deps: NeuroshardDeps }> = async (app, { deps }) => {
  const { authenticator, rateLimits } = deps;
  const gate = (limits: RateLimits) => ({ authenticator, limiter: createRateLimiter(rateLimits ?? limits) });
  const service = (limits: RateLimits) => ({ gate: gate(limits), errors: neuroshardErrors });
  await app.register(async (scope) => {
    registerRoutes(scope, inferenceEndpoints, inferenceHandlers(deps), service(INFERENCE_LIMITS));
  });
  await app.register(async (scope) => {
    registerRoutes(scope, walletEndpoints, walletHandlers(deps), service(WALLET_LIMITS));
  });
};
