import type { ConsistencyProof, Receipt, TreeHead } from '@plexus/protocol';
import type { Caller } from '../accounts/caller.ts';

/** Receipts and the log that they stand in. */
export interface ReceiptService {
  /**
   * A receipt with attestation and proof of inclusion, and of consistency with a head that the caller knows.
   * A client sees its own, a node's owner those of its node, an operator all.
   *
   * @throws {DomainError} RECEIPT_NOT_FOUND, TREE_HEAD_NOT_FOUND
   */
  get(caller: Caller, receiptId: string, knownSize?: number): Promise<Receipt>;
  /** The newest signed tree head; of an empty log too. */
  head(): Promise<TreeHead>;
  /** @throws {DomainError} TREE_HEAD_NOT_FOUND */
  consistency(first: number, second?: number): Promise<ConsistencyProof>;
}
