import { type Caller, requireScope, requireUnbound } from '../accounts/caller.ts';
import type { Books, PageRequest } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import type { Delivery, DeliveryState } from './delivery.ts';

/** Signatures with the secret before the newest are made for so long after a rotation. */
const OVERLAP_MS = 24 * 3600 * 1000;

export interface WebhookServiceDeps {
  readonly books: Books;
  readonly clock: () => Date;
  /** The secret of an account and generation: always the same one. */
  readonly secretOf: (accountId: string, generation: number) => string;
  /** Told that a delivery is due. */
  readonly onDue: (host: string) => void;
}

/** What an account's deliveries are signed with, newest first, and until when the older one still is. */
export interface SigningSecrets {
  readonly secret: string;
  readonly previous?: { readonly secret: string; readonly until: Date };
}

/** Deliveries of an account, and what they are signed with. */
export interface WebhookService {
  /** Newest first. */
  list(caller: Caller, filter: { readonly state?: DeliveryState }, page: PageRequest): Promise<readonly Delivery[]>;
  /** @throws {DomainError} DELIVERY_NOT_FOUND, also for somebody else's */
  get(caller: Caller, deliveryId: string): Promise<Delivery>;
  /**
   * Sends it again, at once, under the same id.
   *
   * @throws {DomainError} DELIVERY_NOT_FOUND, also for somebody else's
   */
  replay(caller: Caller, deliveryId: string): Promise<Delivery>;
  /** @throws {DomainError} FORBIDDEN */
  secrets(caller: Caller): Promise<SigningSecrets>;
  /**
   * Makes a new secret; the one before is in use beside it for a day.
   *
   * @throws {DomainError} FORBIDDEN
   */
  rotate(caller: Caller): Promise<SigningSecrets>;
  /** What a delivery of this account is signed with now. */
  secretsOf(accountId: string): Promise<SigningSecrets>;
}

export function createWebhookService({ books, clock, secretOf, onDue }: WebhookServiceDeps): WebhookService {
  async function find(caller: Caller, deliveryId: string): Promise<Delivery> {
    const delivery = await books.read.findDelivery(deliveryId);
    if (delivery && (delivery.accountId === caller.accountId || caller.role === 'operator')) return delivery;
    throw new DomainError('DELIVERY_NOT_FOUND', 'Delivery does not exist', { deliveryId });
  }

  async function secretsOf(accountId: string): Promise<SigningSecrets> {
    const { generation, rotatedAt } = (await books.read.findWebhookSecret(accountId)) ?? { generation: 1 };
    const secret = secretOf(accountId, generation);
    const until = rotatedAt && new Date(rotatedAt.getTime() + OVERLAP_MS);
    if (!until || until <= clock()) return { secret };
    return { secret, previous: { secret: secretOf(accountId, generation - 1), until } };
  }

  return {
    secretsOf,

    async list(caller, filter, page) {
      requireScope(caller, 'read');
      return await books.read.listDeliveries({ ...filter, accountId: caller.accountId }, page);
    },

    async get(caller, deliveryId) {
      requireScope(caller, 'read');
      return await find(caller, deliveryId);
    },

    async replay(caller, deliveryId) {
      requireScope(caller, 'submit');
      const { host } = await find(caller, deliveryId);
      await books.commit({ type: 'replayDelivery', deliveryId, at: clock() });
      onDue(host);
      return await find(caller, deliveryId);
    },

    async secrets(caller) {
      requireOwner(caller);
      return await secretsOf(caller.accountId);
    },

    async rotate(caller) {
      requireOwner(caller);
      const { accountId } = caller;
      await books.commit({ type: 'rotateWebhookSecret', accountId, at: clock() });
      return await secretsOf(accountId);
    },
  };
}

/** The secret outlives a key that expires, and is worth more than one with a limit. */
function requireOwner(caller: Caller): void {
  requireScope(caller, 'keys');
  requireUnbound(caller, 'see or change what callbacks are signed with');
}
