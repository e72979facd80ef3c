/** Callbacks of jobs that have ended: what is sent, and the endpoints about it. Source: Standard Webhooks 1.0.0. */
import Type, { type Static } from 'typebox';
import { endpoints } from '../endpoint.ts';
import { page, PageQuery } from '../plexus/common.ts';
import { Amount, Id, Instant, Nullable } from './common.ts';

/** The body of a callback. */
export const WebhookPayload = Type.Object({
  type: Type.Enum(['job.completed', 'job.failed', 'job.cancelled']),
  timestamp: Instant,
  data: Type.Object({
    job_id: Type.String(),
    status: Type.Enum(['completed', 'failed', 'cancelled']),
    reason: Type.String({ description: 'Why it ended; one of a closed list, for example `deadline_exceeded`.' }),
    created_at: Instant,
    started_at: Nullable(Instant),
    completed_at: Instant,
    miner_id: Nullable(Type.String()),
    cost: Amount,
    receipt_id: Nullable(Type.String()),
  }),
});
export type WebhookPayload = Static<typeof WebhookPayload>;

const DeliveryState = Type.Enum(['pending', 'delivered', 'given_up']);

const DeliveryView = Type.Object({
  delivery_id: Type.String({ description: 'The `webhook-id` of each attempt.' }),
  job_id: Type.String(),
  url: Type.String(),
  state: DeliveryState,
  attempts: Type.Integer(),
  next_attempt_at: Nullable(Instant),
  last_status: Nullable(Type.Integer({ description: 'HTTP status of the last answer.' })),
  last_error: Nullable(Type.String({ description: 'Why the last attempt failed.' })),
  created_at: Instant,
  ended_at: Nullable(Instant),
});

const Secrets = Type.Object({
  secret: Type.String({ description: '`whsec_` and 32 bytes in base64.' }),
  previous: Nullable(
    Type.Object(
      { secret: Type.String(), expires_at: Instant },
      { description: 'The one before the last rotation; until then callbacks are signed with both.' },
    ),
  ),
});

export const webhooksEndpoints = endpoints({
  listWebhooks: {
    method: 'GET',
    path: '/v1/webhooks',
    summary: 'Callbacks of your jobs, those of the newest jobs first, and what became of them.',
    auth: 'key',
    query: Type.Object({ ...PageQuery, state: Type.Optional(DeliveryState) }),
    status: 200,
    response: page(DeliveryView),
  },
  getWebhookSecret: {
    method: 'GET',
    path: '/v1/webhooks/secret',
    summary: 'What your callbacks are signed with.',
    auth: 'key',
    status: 200,
    response: Secrets,
  },
  rotateWebhookSecret: {
    method: 'POST',
    path: '/v1/webhooks/secret/rotate',
    summary: 'A new secret; for a day callbacks are signed with the one before, too.',
    auth: 'key',
    status: 200,
    response: Secrets,
  },
  getWebhook: {
    method: 'GET',
    path: '/v1/webhooks/{delivery_id}',
    summary: 'One callback, and what became of it.',
    auth: 'key',
    params: Type.Object({ delivery_id: Id }),
    status: 200,
    response: DeliveryView,
  },
  replayWebhook: {
    method: 'POST',
    path: '/v1/webhooks/{delivery_id}/replay',
    summary: 'Send a callback again, whatever became of it, under the same `webhook-id`.',
    auth: 'key',
    params: Type.Object({ delivery_id: Id }),
    status: 200,
    response: DeliveryView,
  },
});
