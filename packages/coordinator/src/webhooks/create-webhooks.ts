import { type Books, createWebhookService, type EventBus, type WebhookService } from '@plexus/core';
import type { Egress } from '@plexus/egress';
import type { Logger } from 'pino';
import { createWebhookSender } from './webhook-sender.ts';
import { WebhookWorker } from './webhook-worker.ts';

export interface WebhooksDeps {
  readonly books: Books;
  readonly events: EventBus;
  readonly egress: Pick<Egress, 'stream'>;
  readonly secretOf: (accountId: string, generation: number) => string;
  readonly logger: Logger;
  /** Told what became of each attempt: `delivered`, `failed` or `given_up`. */
  readonly onAttempt: (outcome: string) => void;
}

/** Callbacks of jobs that have ended. */
export interface Webhooks {
  readonly service: WebhookService;
  /** Sends nothing more. */
  close(): Promise<void>;
}

export function createWebhooks({ books, events, egress, secretOf, logger, onAttempt }: WebhooksDeps): Webhooks {
  const clock = () => new Date();
  const onDue = (host: string) => void worker.serve(host);
  const service = createWebhookService({ books, clock, secretOf, onDue });
  const send = createWebhookSender({ egress, secretsOf: (accountId) => service.secretsOf(accountId), clock });
  const worker = new WebhookWorker({ books, send, clock, random: Math.random, logger, onAttempt });
  void worker.look();
  const unsubscribe = events.subscribe((event) => {
    const url = event.type === 'job_ended' ? event.job.demands?.callbackUrl : undefined;
    if (url !== undefined) onDue(new URL(url).host);
  });
  return {
    service,
    async close() {
      unsubscribe();
      await worker.stop();
    },
  };
}
