import {
  inferenceEndpoints,
  PASS_HEADERS,
  shardNetworkEndpoints,
  trainingEndpoints,
  walletEndpoints,
} from '@plexus/protocol';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { createRateLimiter, type RateLimits } from '../rate-limit.ts';
import { registerRoutes } from '../register-routes.ts';
import type { NeuroshardDeps } from './deps.ts';
import { neuroshardErrors } from './errors.ts';
import { claimOf, createAddressReader } from '../node-claim.ts';
import { networkHandlers } from './network.ts';
import { trainingHandlers } from './training.ts';
import { inferenceHandlers } from './inference.ts';
import { walletHandlers } from './wallet.ts';

/** Source: contract/neuroshard.md, "Limits per minute". */
const INFERENCE_LIMITS: RateLimits = { perMinute: 60 };
const WALLET_LIMITS: RateLimits = { perMinute: 10 };
/** Of network, proofs and rewards together, and of training; the page names it for status and metrics. */
const VIEW_LIMITS: RateLimits = { perMinute: 100 };

/** NeuroShard's calls about accounts, jobs and the network, which nodes hand on. Source: seed 003. */
export const neuroshard: FastifyPluginAsync<{ deps: NeuroshardDeps }> = async (app, { deps }) => {
  const { authenticator, passes, rateLimits } = deps;
  const clientOf = createAddressReader(passes);
  // What a node asks for itself must not count with the clients of its address, or they could keep it from asking.
  const addressOf = (request: FastifyRequest): string => {
    const address = clientOf(request);
    return request.headers[PASS_HEADERS.client] === undefined ? (claimOf(request)?.nodeId ?? address) : address;
  };
  const gate = (limits: RateLimits) => ({ authenticator, addressOf, limiter: createRateLimiter(rateLimits ?? limits) });
  const service = (limits: RateLimits) => ({ gate: gate(limits), errors: neuroshardErrors });
  await app.register(async (scope) => {
    registerRoutes(scope, inferenceEndpoints, inferenceHandlers(deps), service(INFERENCE_LIMITS));
  });
  await app.register(async (scope) => {
    registerRoutes(scope, walletEndpoints, walletHandlers(deps), service(WALLET_LIMITS));
  });
  await app.register(async (scope) => {
    registerRoutes(scope, shardNetworkEndpoints, networkHandlers(deps), service(VIEW_LIMITS));
  });
  await app.register(async (scope) => {
    registerRoutes(scope, trainingEndpoints, trainingHandlers(deps), service(VIEW_LIMITS));
  });
};
