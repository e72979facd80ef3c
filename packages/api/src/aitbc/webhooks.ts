import type { Delivery, SigningSecrets } from '@plexus/core';
import type { aitbcEndpoints, Output } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import type { AitbcDeps } from './deps.ts';

type Endpoints = typeof aitbcEndpoints;
type WebhookHandlers = Pick<
  Handlers<Endpoints>,
  'listWebhooks' | 'getWebhook' | 'replayWebhook' | 'getWebhookSecret' | 'rotateWebhookSecret'
>;

/** Endpoints about callbacks. */
export function webhookHandlers({ webhooks }: Pick<AitbcDeps, 'webhooks'>): WebhookHandlers {
  return {
    async listWebhooks({ query: { state, limit = DEFAULT_LIMIT, after } }, { caller }) {
      const page = { limit, ...(after !== undefined && { after }) };
      const found = await webhooks.list(caller, state ? { state } : {}, page);
      const last = found.length === limit ? found.at(-1) : undefined;
      return { items: found.map(toView), next: last?.id ?? null };
    },

    getWebhook: async ({ params }, { caller }) => toView(await webhooks.get(caller, params.delivery_id)),
    replayWebhook: async ({ params }, { caller }) => toView(await webhooks.replay(caller, params.delivery_id)),
    getWebhookSecret: async (_input, { caller }) => toSecrets(await webhooks.secrets(caller)),
    rotateWebhookSecret: async (_input, { caller }) => toSecrets(await webhooks.rotate(caller)),
  };
}

/** The same figure as in the table of endpoints. */
const DEFAULT_LIMIT = 50;

function toView(delivery: Delivery): Output<Endpoints['getWebhook']> {
  return {
    delivery_id: delivery.id,
    job_id: delivery.jobId,
    url: delivery.url,
    state: delivery.state,
    attempts: delivery.attempts,
    next_attempt_at: delivery.nextAt?.toISOString() ?? null,
    last_status: delivery.lastStatus ?? null,
    last_error: delivery.lastError ?? null,
    created_at: delivery.createdAt.toISOString(),
    ended_at: delivery.endedAt?.toISOString() ?? null,
  };
}

function toSecrets({ secret, previous }: SigningSecrets): Output<Endpoints['getWebhookSecret']> {
  return { secret, previous: previous ? { secret: previous.secret, expires_at: previous.until.toISOString() } : null };
}
