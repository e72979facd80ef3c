import type { ConsistencyProof, Receipt, ReceiptCheck, TreeHead } from '@plexus/protocol';
import type { Caller } from '../accounts/caller.ts';

/** What was found out about a receipt that somebody showed. */
export interface Verification {
  readonly valid: boolean;
  /** `known`: whether a receipt of this id was issued here. */
  readonly checks: readonly (Omit<ReceiptCheck, 'name'> & { readonly name: ReceiptCheck['name'] | 'known' })[];
  /** Its good attestations. */
  readonly attestations: number;
}

/** Receipts and the log that they stand in. */
export interface ReceiptService {
  /**
   * A receipt with attestation and proof of inclusion, and of consistency with a head that the caller knows.
   * A client sees its own, a node's owner those of its node, an operator all.
   *
   * @throws {DomainError} RECEIPT_NOT_FOUND, TREE_HEAD_NOT_FOUND
   */
  get(caller: Caller, receiptId: string, knownSize?: number): Promise<Receipt>;
  /**
   * Checks a receipt against what was issued, bare or as `{receipt}`; what it leaves out is taken from the books. Takes
   * any JSON value and refuses none; one that was not issued here is never valid.
   */
  verify(value: unknown): Promise<Verification>;
  /** The newest signed tree head; of an empty log too. */
  head(): Promise<TreeHead>;
  /** @throws {DomainError} TREE_HEAD_NOT_FOUND */
  consistency(first: number, second?: number): Promise<ConsistencyProof>;
}
