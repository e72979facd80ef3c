import { openAiEndpoints } from '@plexus/protocol';
import type { FastifyPluginAsync } from 'fastify';
import { createRateLimiter, DEFAULT_RATE_LIMITS } from '../rate-limit.ts';
import { registerRoutes } from '../register-routes.ts';
import { chatHandlers } from './chat.ts';
import { completionHandlers } from './completions.ts';
import type { OpenAiDeps } from './deps.ts';
import { embeddingHandlers } from './embeddings.ts';
import { openAiErrors } from './errors.ts';
import { modelHandlers } from './models.ts';
import { createRuns } from './runs.ts';

/** OpenAI's endpoints, as far as they are served here. Source: contract/openai.md. */
export const openai: FastifyPluginAsync<{ deps: OpenAiDeps }> = async (app, { deps }) => {
  const { authenticator, rateLimits = DEFAULT_RATE_LIMITS } = deps;
  const runs = createRuns(deps.jobs);
  const handlers = {
    ...modelHandlers(deps),
    ...chatHandlers(deps, runs),
    ...completionHandlers(deps, runs),
    ...embeddingHandlers(deps, runs),
  };
  const gate = { authenticator, limiter: createRateLimiter(rateLimits), tellsAllowance: true };
  registerRoutes(app, openAiEndpoints, handlers, { gate, errors: openAiErrors });
};
