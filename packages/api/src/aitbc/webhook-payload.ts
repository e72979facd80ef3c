import { type Job, receiptIdOf } from '@plexus/core';
import { formatCredits, type WebhookPayload } from '@plexus/protocol';
import { statusOf } from './job-views.ts';

type Status = WebhookPayload['data']['status'];

/** What a client is told of a job that has ended. It is the same however often it is asked for. */
export function webhookPayload(job: Job): WebhookPayload {
  const { id, reason = 'done', createdAt, startedAt, endedAt = createdAt, nodeId, cost, receiptIndex } = job;
  const status = endedAs(job);
  return {
    type: `job.${status}`,
    timestamp: endedAt.toISOString(),
    data: {
      job_id: id,
      status,
      reason,
      created_at: createdAt.toISOString(),
      started_at: startedAt?.toISOString() ?? null,
      completed_at: endedAt.toISOString(),
      miner_id: nodeId ?? null,
      cost: formatCredits(cost),
      receipt_id: receiptIndex === undefined ? null : receiptIdOf(id),
    },
  };
}

/** @throws {RangeError} when the job has not ended */
function endedAs(job: Job): Status {
  const status = statusOf(job);
  if (status === 'submitted' || status === 'running') throw new RangeError(`Job ${job.id} has not ended`);
  return status;
}
