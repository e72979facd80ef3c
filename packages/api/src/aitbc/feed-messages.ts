import { type FeedEvent, type NumberedEvent, receiptIdOf } from '@plexus/core';
import type { FeedMessage } from '@plexus/protocol';
import { statusOf } from './job-views.ts';

/** An event in the words of AITBC's `/ws`. */
export function feedMessage({ sequence: seq, event }: NumberedEvent): FeedMessage {
  switch (event.type) {
    case 'job_update':
      return { type: event.type, seq, data: jobData(event) };
    case 'receipt_created':
      return { type: event.type, seq, data: { receipt_id: receiptIdOf(event.jobId), ...subjectOf(event) } };
    case 'marketplace_update':
      return { type: event.type, seq, data: offerData(event) };
  }
}

type Event<T extends FeedEvent['type']> = Extract<FeedEvent, { type: T }>;
type Data<T extends FeedMessage['type']> = Extract<FeedMessage, { type: T }>['data'];

function jobData({ jobId, state, at, progressPercent, nodeId }: Event<'job_update'>): Data<'job_update'> {
  return {
    job_id: jobId,
    status: statusOf({ state }),
    timestamp: at.toISOString(),
    ...(progressPercent !== undefined && { progress: progressPercent }),
    ...(nodeId !== undefined && { miner_id: nodeId }),
  };
}

function subjectOf({ jobId, at }: Event<'receipt_created'>): Omit<Data<'receipt_created'>, 'receipt_id'> {
  return { job_id: jobId, timestamp: at.toISOString() };
}

function offerData({ offerId, status, transactionId, at }: Event<'marketplace_update'>): Data<'marketplace_update'> {
  return {
    offer_id: offerId,
    status,
    ...(transactionId !== undefined && { transaction_id: transactionId }),
    timestamp: at.toISOString(),
  };
}
