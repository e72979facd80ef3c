import { encodeHex, type ReceiptCrypto } from '@plexus/protocol';
import { type Job, receiptIdOf } from '../jobs/job.ts';
import { unitTypeOf } from '../jobs/unit-type.ts';

/** What the receipt of a job says before anything was counted: who worked for whom, and at what price. */
export function termsOf(job: Job, minerId: string) {
  return {
    receiptId: receiptIdOf(job.id),
    jobId: job.id,
    minerId,
    clientId: job.accountId,
    unitType: unitTypeOf(job),
    unitPriceMicro: job.unitPrice,
  };
}

/** The SHA-256 of a text in UTF-8, in hex, as receipts name what went in and what came out. */
export function sha256Hex(text: string, crypto: ReceiptCrypto): string {
  return encodeHex(crypto.sha256(utf8.encode(text)));
}

const utf8 = new TextEncoder();
