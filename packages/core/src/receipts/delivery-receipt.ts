import { receiptPayload } from '@plexus/protocol';
import type { Job } from '../jobs/job.ts';
import type { JobStream } from '../jobs/job-stream.ts';
import { type CustodialReceiptDeps, custodialReceipt } from './custodial-receipt.ts';
import { sha256Hex, termsOf } from './receipt-terms.ts';
import type { StoredReceipt } from './stored-receipt.ts';

/**
 * A receipt for what was delivered of a stream that was cancelled, ran out of time or lost its node. No node is there
 * to sign it, so the coordinator does, and says so (`custodial`).
 */
export type DeliveryReceipt = (job: Job, stream: JobStream) => StoredReceipt;

export function createDeliveryReceipt(deps: CustodialReceiptDeps): DeliveryReceipt {
  const { crypto, clock } = deps;
  return (job, stream) => {
    const now = clock();
    const payload = receiptPayload({
      ...termsOf(job, stream.segments.at(-1)?.node.id ?? job.nodeId ?? ''),
      units: stream.units,
      startedAt: (job.startedAt ?? now).toISOString(),
      completedAt: now.toISOString(),
      metadata: {
        service: job.service,
        ...(stream.model && { model: stream.model.name }),
        prompt_tokens: stream.promptTokens,
        completion_tokens: stream.completionTokens,
        finish_reason: 'interrupted',
        segments: stream.segmentsText,
        input_sha256: sha256Hex(job.content, crypto),
        output_sha256: sha256Hex(stream.text, crypto),
      },
    });
    return custodialReceipt(payload, deps);
  };
}
