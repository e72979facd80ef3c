import { DomainError } from '../errors.ts';
import type { Delivery } from '../webhooks/delivery.ts';
import type { ReplayDelivery, RotateWebhookSecret, SettleDelivery, TryDelivery } from './commands.ts';
import type { AnyDraft } from './draft.ts';

/** Before it is sent: of two senders one gets it, and what became of it is found out should the sender die. */
export function tryDelivery(draft: AnyDraft, { deliveryId, attempt, nextAt }: TryDelivery): void {
  const delivery = pending(draft, deliveryId, attempt - 1);
  draft.put(draft.deliveries, deliveryId, { ...delivery, attempts: attempt, nextAt });
}

export function settleDelivery(draft: AnyDraft, { deliveryId, attempt, result, at }: SettleDelivery): void {
  const { lastStatus: _, lastError: _error, nextAt: _next, ...delivery } = pending(draft, deliveryId, attempt);
  const { state, status, error, nextAt } = result;
  draft.put(draft.deliveries, deliveryId, {
    ...delivery,
    state,
    ...(status !== undefined && { lastStatus: status }),
    ...(error !== undefined && { lastError: error }),
    ...(nextAt ? { nextAt } : { endedAt: at }),
  });
}

export function replayDelivery(draft: AnyDraft, { deliveryId, at }: ReplayDelivery): void {
  const { endedAt: _, ...delivery } = existing(draft, deliveryId);
  draft.put(draft.deliveries, deliveryId, { ...delivery, state: 'pending', attempts: 0, nextAt: at });
}

export function rotateWebhookSecret(draft: AnyDraft, { accountId, at }: RotateWebhookSecret): void {
  draft.getAccount(accountId);
  const generation = (draft.findWebhookSecret(accountId)?.generation ?? 1) + 1;
  draft.put(draft.webhookSecrets, accountId, { accountId, generation, rotatedAt: at });
}

/** @throws {DomainError} DELIVERY_NOT_FOUND, and DELIVERY_MOVED_ON when it is not at that attempt */
function pending(draft: AnyDraft, deliveryId: string, attempts: number): Delivery {
  const delivery = existing(draft, deliveryId);
  if (delivery.state === 'pending' && delivery.attempts === attempts) return delivery;
  throw new DomainError('DELIVERY_MOVED_ON', 'The delivery is elsewhere by now', { deliveryId });
}

function existing(draft: AnyDraft, deliveryId: string): Delivery {
  const delivery = draft.findDelivery(deliveryId);
  if (delivery) return delivery;
  throw new DomainError('DELIVERY_NOT_FOUND', 'Delivery does not exist', { deliveryId });
}
