import { type BooksReader, type Delivery, type FeedRow, readFeedRows, type WebhookSecret } from '@plexus/core';
import { compare, newestFirst } from './paging.ts';

/** What the books tell of themselves, and to whom. */
export interface News {
  readonly feed: FeedRow[];
  readonly deliveries: Map<string, Delivery>;
  readonly webhookSecrets: Map<string, WebhookSecret>;
}

type Reads<M extends keyof BooksReader> = Pick<BooksReader, M>;

export function feedReads(shelf: News): Reads<'listEvents' | 'lastEvent'> {
  return {
    async listEvents(query) {
      const rows = shelf.feed.filter(({ first, count }) => first + count - 1 > query.after);
      return readFeedRows(rows.slice(0, query.limit), query);
    },
    lastEvent: async () => lastEvent(shelf),
  };
}

export function webhookReads(
  shelf: News,
): Reads<
  | 'findDelivery'
  | 'listDeliveries'
  | 'nextDeliveryHost'
  | 'listDueDeliveries'
  | 'countPendingDeliveries'
  | 'findWebhookSecret'
> {
  const pending = () => [...shelf.deliveries.values()].filter(({ state }) => state === 'pending');
  return {
    findDelivery: async (id) => shelf.deliveries.get(id),
    async listDeliveries({ accountId, state }, page) {
      const found = [...shelf.deliveries.values()].filter(
        (one) => (accountId ?? one.accountId) === one.accountId && (state ?? one.state) === one.state,
      );
      return newestFirst(found, page, ({ id }) => id);
    },
    async nextDeliveryHost(after) {
      const hosts = pending().map(({ host }) => host);
      return hosts.filter((host) => host > after).toSorted(compare)[0];
    },
    async listDueDeliveries(wanted, now, limit) {
      const dueAt = ({ nextAt = now }: Delivery) => nextAt.getTime();
      const due = pending().filter((one) => one.host === wanted && dueAt(one) <= now.getTime());
      return due.toSorted((a, b) => dueAt(a) - dueAt(b)).slice(0, limit);
    },
    countPendingDeliveries: async () => pending().length,
    findWebhookSecret: async (accountId) => shelf.webhookSecrets.get(accountId),
  };
}

export function lastEvent({ feed }: News): number {
  const last = feed.at(-1);
  return last ? last.first + last.count - 1 : 0;
}
