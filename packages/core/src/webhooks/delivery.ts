import type { Job } from '../jobs/job.ts';

/** A delivery is tried again until it is delivered or given up. */
export type DeliveryState = 'pending' | 'delivered' | 'given_up';

/** The news of a job's end, on its way to the URL that its client named. */
export interface Delivery {
  /** The `webhook-id`, made of the job's, which ends once: the same however often it is sent. Source: Standard Webhooks, "Webhook metadata". */
  readonly id: string;
  readonly accountId: string;
  readonly jobId: string;
  readonly url: string;
  /** The URL's host, with its port where it has one: what is sent there has a bound of its own. */
  readonly host: string;
  readonly state: DeliveryState;
  /** Times that it was sent, one that is under way among them; a replay begins anew. */
  readonly attempts: number;
  /** When it is sent next; absent once it is not pending. */
  readonly nextAt?: Date;
  /** HTTP status of the last answer. */
  readonly lastStatus?: number;
  /** Why the last attempt failed, in few words. */
  readonly lastError?: string;
  readonly createdAt: Date;
  /** When it was delivered or given up. */
  readonly endedAt?: Date;
}

/** Which of an account's secrets is in use; the secrets themselves are kept nowhere. */
export interface WebhookSecret {
  readonly accountId: string;
  /** 1 at first; each rotation adds one. */
  readonly generation: number;
  readonly rotatedAt: Date;
}

/** The news of a job's end, for a client that asked to be called back. */
export function deliveryOf({ id: jobId, accountId, demands }: Job, endedAt: Date): Delivery | undefined {
  const url = demands?.callbackUrl;
  if (url === undefined) return undefined;
  const { host } = new URL(url);
  const begun = { state: 'pending', attempts: 0, nextAt: endedAt, createdAt: endedAt } as const;
  return { id: `msg_${jobId}`, accountId, jobId, url, host, ...begun };
}
