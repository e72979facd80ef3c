import { encodeHex } from './base64.ts';
import { canonicalBytes } from './canonical-json.ts';
import type { ReceiptCrypto, Signer } from './crypto.ts';
import type { Attestation, Receipt, ReceiptPayload, ReceiptSignature } from './receipt.ts';
import { signMessage } from './sign.ts';
import { formatCredits } from '../money.ts';

/** What a node and its coordinator must agree on, word for word, to come to the same payload. */
export interface WorkTerms {
  readonly receiptId: string;
  readonly jobId: string;
  readonly minerId: string;
  readonly clientId: string;
  readonly units: number;
  readonly unitType: string;
  readonly unitPriceMicro: bigint;
  /** Times as the text that is signed: they are never parsed and printed again. */
  readonly startedAt: string;
  readonly completedAt: string;
  readonly metadata: ReceiptPayload['metadata'];
}

/** The part of a receipt that the log holds: what was signed, and by whom. */
export type LoggedReceipt = ReceiptPayload & Pick<Receipt, 'signature' | 'custodial'>;

/**
 * The payload that a node signs; its price is units times unit price.
 *
 * @throws {RangeError} when units is not a whole number
 * @see contract/aitbc.md, "Receipt"
 */
export function receiptPayload(terms: WorkTerms): ReceiptPayload {
  return {
    client: terms.clientId,
    completed_at: terms.completedAt,
    job_id: terms.jobId,
    metadata: terms.metadata,
    miner_id: terms.minerId,
    price: formatCredits(BigInt(terms.units) * terms.unitPriceMicro),
    receipt_id: terms.receiptId,
    started_at: terms.startedAt,
    unit_type: terms.unitType,
    units: terms.units,
    version: '1.0',
  };
}

/**
 * The bytes that a node signs: the payload's own fields, whatever else the object holds.
 *
 * @throws {RangeError} for a number that is not a safe integer
 */
export function payloadBytes(payload: ReceiptPayload): Uint8Array {
  return canonicalBytes(signedFields(payload));
}

/**
 * The log's entry for a receipt; attestations, creation time and proofs are not part of it.
 *
 * @throws {RangeError} for a number that is not a safe integer
 */
export function leafData(receipt: LoggedReceipt): Uint8Array {
  return canonicalBytes(signedFields(receipt, receipt));
}

/**
 * What the coordinator signs to attest a receipt: it counted the same units and price.
 *
 * @param timestamp ISO text
 */
export function attestationMessage(crypto: ReceiptCrypto, payload: ReceiptPayload, timestamp: string): Uint8Array {
  return canonicalBytes({
    price: payload.price,
    receipt_id: payload.receipt_id,
    receipt_sha256: encodeHex(crypto.sha256(payloadBytes(payload))),
    timestamp,
    type: 'completion',
    units: payload.units,
  });
}

/**
 * The coordinator's attestation of a payload.
 *
 * @param timestamp ISO text, the receipt's `created_at`: no other signature covers that field
 */
export function attest(crypto: ReceiptCrypto, signer: Signer, payload: ReceiptPayload, timestamp: string): Attestation {
  const signed = signMessage(signer, attestationMessage(crypto, payload, timestamp));
  return { type: 'completion', timestamp, signature: signed.sig, alg: 'Ed25519', ...signed };
}

/** A payload's own fields, in the order of canonical JSON, which then has nothing to sort and drops what is undefined. */
function signedFields(payload: ReceiptPayload, logged?: LoggedReceipt): object {
  return {
    client: payload.client,
    completed_at: payload.completed_at,
    custodial: logged?.custodial,
    job_id: payload.job_id,
    metadata: payload.metadata,
    miner_id: payload.miner_id,
    price: payload.price,
    receipt_id: payload.receipt_id,
    signature: logged && signatureFields(logged.signature),
    started_at: payload.started_at,
    unit_type: payload.unit_type,
    units: payload.units,
    version: payload.version,
  };
}

/** A signature's own fields, in the order of canonical JSON. */
export function signatureFields({ alg, batch, key_id, public_key, sig }: ReceiptSignature): object {
  return {
    alg,
    batch: batch && { index: batch.index, path: batch.path, size: batch.size },
    key_id,
    public_key,
    sig,
  };
}
