import { type ReceiptCrypto, type ReceiptPayload, receiptText, signBatch, type Signer } from '@plexus/protocol';
import { type StoredReceipt, storedReceipt } from './stored-receipt.ts';

export interface CustodialReceiptDeps {
  readonly crypto: ReceiptCrypto;
  /** The coordinator's own key. */
  readonly signer: Signer;
  readonly clock: () => Date;
}

/** A receipt that the coordinator signs in a node's place, and that says so. */
export function custodialReceipt(payload: ReceiptPayload, deps: CustodialReceiptDeps): StoredReceipt {
  const { crypto, signer, clock } = deps;
  const text = receiptText(payload);
  const [signature] = signBatch(crypto, signer, [new TextEncoder().encode(text.payload)]);
  if (!signature) throw new Error('A batch of one was signed with no signature');
  return storedReceipt(crypto, { payload, signature, custodial: true, createdAt: clock() }, text);
}
