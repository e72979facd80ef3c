import {
  encodeHex,
  payloadBytes,
  type ReceiptCrypto,
  receiptPayload,
  serviceFor,
  signBatch,
  type Signer,
} from '@plexus/protocol';
import { type Job, receiptIdOf } from '../jobs/job.ts';
import type { JobStream } from '../jobs/job-stream.ts';
import { storedReceipt } from './stored-receipt.ts';
import type { StoredReceipt } from './stored-receipt.ts';

export interface DeliveryReceiptDeps {
  readonly crypto: ReceiptCrypto;
  /** The coordinator's own key. */
  readonly signer: Signer;
  readonly clock: () => Date;
}

/**
 * A receipt for what was delivered of a stream that was cancelled, ran out of time or lost its node. No node is there
 * to sign it, so the coordinator does, and says so (`custodial`).
 */
export type DeliveryReceipt = (job: Job, stream: JobStream) => StoredReceipt;

export function createDeliveryReceipt(deps: DeliveryReceiptDeps): DeliveryReceipt {
  const { crypto, signer, clock } = deps;
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
        segments: stream.segments.map(({ node, units }) => `${node.id}:${units}`).join(' '),
        input_sha256: sha256(job.content),
        output_sha256: sha256(stream.text),
      },
    });
    const [signature] = signBatch(crypto, signer, [payloadBytes(payload)]);
    if (!signature) throw new Error('A batch of one was signed with no signature');
    return storedReceipt(crypto, { payload, signature, custodial: true, createdAt: now });
  };
}
