import { webhookPayload } from '@plexus/api';
import type { Delivery, Job, WebhookService } from '@plexus/core';
import { type Egress, EgressError } from '@plexus/egress';
import { PLEXUS_VERSION } from '@plexus/protocol';
import { signatureOf } from './signature.ts';

/** What a receiver has to answer in. Source: Standard Webhooks 1.0.0, "Request timeouts". */
const TIMEOUT_MS = 20_000;
/** Nothing of an answer's body is looked at. */
const MAX_ANSWER_BYTES = 1_000_000;

/** What became of one attempt. */
export type Attempted =
  | { readonly isDelivered: true; readonly status: number }
  | {
      readonly isDelivered: false;
      readonly status?: number;
      readonly error: string;
      readonly retryAfterMs?: number;
      /** The receiver wants no more of it. */
      readonly isFinal: boolean;
    };

/** Sends the news of a job's end once. */
export type WebhookSender = (delivery: Delivery, job: Job, signal: AbortSignal) => Promise<Attempted>;

export interface WebhookSenderDeps {
  readonly egress: Pick<Egress, 'stream'>;
  readonly secretsOf: WebhookService['secretsOf'];
  readonly clock: () => Date;
}

export function createWebhookSender({ egress, secretsOf, clock }: WebhookSenderDeps): WebhookSender {
  return async ({ id, url, accountId }, job, signal) => {
    const body = JSON.stringify(webhookPayload(job));
    const { secret, previous } = await secretsOf(accountId);
    const timestamp = Math.floor(clock().getTime() / 1000);
    const headers = {
      'content-type': 'application/json',
      'user-agent': `Plexus/${PLEXUS_VERSION}`,
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatureOf({ id, timestamp, body }, previous ? [secret, previous.secret] : [secret]),
    };
    const limits = { maxBytes: MAX_ANSWER_BYTES, timeoutMs: TIMEOUT_MS };
    try {
      const answer = await egress.stream({ url, method: 'POST', headers, body, signal, ...limits });
      answer.body.destroy();
      return judge(answer.status, answer.headers['retry-after'], clock());
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      return { isDelivered: false, error: `${error.code}: ${error.message}`, isFinal: false };
    }
  };
}

/** Source: Standard Webhooks 1.0.0, "Delivery success and failure". */
function judge(status: number, retryAfter: string | undefined, now: Date): Attempted {
  if (status >= 200 && status < 300) return { isDelivered: true, status };
  const retryAfterMs = retryAfter === undefined ? undefined : waitOf(retryAfter, now);
  return {
    isDelivered: false,
    status,
    error: `HTTP ${status}`,
    isFinal: status === 410,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** A Retry-After in milliseconds: seconds or a date. Source: RFC 9110, section 10.2.3. */
function waitOf(text: string, now: Date): number | undefined {
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
