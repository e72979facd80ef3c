import { canonicalJson } from './canonical-json.ts';
import type { ReceiptPayload, ReceiptSignature } from './receipt.ts';
import { signatureFields } from './receipt-payload.ts';

const encoder = new TextEncoder();

/** A receipt's canonical texts, each part of them written once: for whoever signs, logs and stores many of them. */
export interface ReceiptText {
  /** The text whose bytes a node signs; equal to `payloadBytes`. */
  readonly payload: string;
  /** The signature as the log has it, and the log's entry; equal to `leafData`. */
  sign(signature: ReceiptSignature, custodial: boolean): { readonly signature: string; readonly entry: Uint8Array };
}

/**
 * The texts of a payload: the log's entry is the payload's text with the signature between its members, whose names are
 * in code point order.
 *
 * @throws {RangeError} for a number that is not a safe integer
 */
export function receiptText(payload: ReceiptPayload): ReceiptText {
  const { client, completed_at, job_id, metadata, miner_id, price, receipt_id } = payload;
  const { started_at, unit_type, units, version } = payload;
  const first = membersOf({ client, completed_at });
  const middle = membersOf({ job_id, metadata, miner_id, price, receipt_id });
  const last = membersOf({ started_at, unit_type, units, version });
  return {
    payload: `{${first},${middle},${last}}`,
    sign(signature, custodial) {
      const text = canonicalJson(signatureFields(signature));
      const start = custodial ? `${first},"custodial":true` : first;
      return { signature: text, entry: encoder.encode(`{${start},${middle},"signature":${text},${last}}`) };
    },
  };
}

/** A canonical object without its braces. */
function membersOf(values: object): string {
  return canonicalJson(values).slice(1, -1);
}
