import { cocoonEndpoints, type Endpoint, type Endpoints } from '@plexus/protocol';
import type { FastifyPluginAsync } from 'fastify';
import { cocoonErrors } from '../cocoon-errors.ts';
import type { Handlers } from '../dialect.ts';
import { addressThrough } from '../forwarded-address.ts';
import { createRateLimiter, type RateLimits } from '../rate-limit.ts';
import { registerRoutes } from '../register-routes.ts';
import type { CocoonDeps } from './deps.ts';
import { loginHandlers } from './login.ts';
import { participantHandlers } from './participants.ts';
import { payoutHandlers } from './payouts.ts';
import { workerHandlers } from './workers.ts';

/** The Cocoon manager. Source: seed 001. Reads and writes have a limit of their own. */
export const cocoon: FastifyPluginAsync<{ deps: CocoonDeps }> = async (app, { deps }) => {
  const { authenticator, passes, fleetLimits } = deps;
  const handlers = {
    ...loginHandlers(deps),
    ...participantHandlers(deps),
    ...workerHandlers(deps),
    ...payoutHandlers(deps),
  };
  const { reads, writes } = fleetLimits === 'off' ? ({ reads: 'off', writes: 'off' } as const) : fleetLimits;

  async function serve(limits: RateLimits, isWanted: (endpoint: Endpoint) => boolean): Promise<void> {
    const limiter = createRateLimiter(limits);
    const gate = { authenticator, limiter, limits: 'addresses', addressOf: addressThrough(passes) } as const;
    const table: Endpoints = Object.fromEntries(Object.entries(cocoonEndpoints).filter(([, one]) => isWanted(one)));
    await app.register(async (scope) =>
      // Both are of the same table, a part of which is served here.
      registerRoutes(scope, table, handlers as unknown as Handlers<Endpoints>, { gate, errors: cocoonErrors }),
    );
  }
  await serve(reads, ({ method }) => method === 'GET');
  await serve(writes, ({ method }) => method !== 'GET');
};
