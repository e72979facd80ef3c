import { encodeHex, receiptPayload, serviceFor } from '@plexus/protocol';
import { type Job, receiptIdOf } from '../jobs/job.ts';
import type { JobStream } from '../jobs/job-stream.ts';
import { type CustodialReceiptDeps, custodialReceipt } from './custodial-receipt.ts';
import type { StoredReceipt } from './stored-receipt.ts';

/**
 * A receipt for what was delivered of a stream that was cancelled, ran out of time or lost its node. No node is there
 * to sign it, so the coordinator does, and says so (`custodial`).
 */
export type DeliveryReceipt = (job: Job, stream: JobStream) => StoredReceipt;

export function createDeliveryReceipt(deps: CustodialReceiptDeps): DeliveryReceipt {
  const { crypto, clock } = deps;
  const sha256 = (text: string) => encodeHex(crypto.sha256(new TextEncoder().encode(text)));
  return (job, stream) => {
    const now = clock();
    const payload = receiptPayload({
      receiptId: receiptIdOf(job.id),
      jobId: job.id,
      minerId: stream.segments.at(-1)?.node.id ?? job.nodeId ?? '',
      clientId: job.accountId,
      units: stream.units,
      unitType: serviceFor(job.service).unitType,
      unitPriceMicro: job.unitPrice,
      startedAt: (job.startedAt ?? now).toISOString(),
      completedAt: now.toISOString(),
      metadata: {
        service: job.service,
        ...(stream.model && { model: stream.model.name }),
        prompt_tokens: stream.promptTokens,
        completion_tokens: stream.completionTokens,
        finish_reason: 'interrupted',
        segments: stream.segmentsText,
        input_sha256: sha256(job.content),
        output_sha256: sha256(stream.text),
      },
    });
    return custodialReceipt(payload, deps);
  };
}
