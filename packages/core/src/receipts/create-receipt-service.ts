import {
  attest,
  type ConsistencyProof,
  type Receipt,
  type ReceiptCrypto,
  type Signer,
  type TreeHead,
} from '@plexus/protocol';
import type { Caller } from '../accounts/caller.ts';
import { requireScope } from '../accounts/caller.ts';
import type { Books } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import { receiptIdOf } from '../jobs/job.ts';
import type { ReceiptLog } from './receipt-log.ts';
import type { ReceiptService } from './receipt-service.ts';
import type { StoredReceipt } from './stored-receipt.ts';
import { createVerifier } from './verifier.ts';

export interface ReceiptServiceDeps {
  readonly books: Books;
  readonly log: ReceiptLog;
  readonly crypto: ReceiptCrypto;
  readonly signer: Signer;
}

type LoggedReceipt = StoredReceipt & { readonly leafIndex: number };

const RECEIPT_PREFIX = receiptIdOf('');

export function createReceiptService({ books, log, crypto, signer }: ReceiptServiceDeps): ReceiptService {
  async function isVisible(caller: Caller, receipt: StoredReceipt): Promise<boolean> {
    if (caller.role === 'operator' || receipt.payload.client === caller.accountId) return true;
    const node = await books.read.findNode(receipt.payload.miner_id);
    const account = node && (await books.read.findAccount(node.accountId));
    return account?.id === caller.accountId || account?.ownerId === caller.accountId;
  }

  /** A receipt with its attestation and its place in the log. */
  async function whole(stored: LoggedReceipt, head: TreeHead): Promise<Receipt> {
    const path = await log.inclusion(stored.leafIndex, head.tree_size);
    const attestation = attest(crypto, signer, stored.payload, stored.createdAt.toISOString());
    const inclusion = { leaf_index: stored.leafIndex, path, tree_head: head };
    return { ...toReceipt(stored), attestations: [attestation], inclusion };
  }

  async function consistencyWith(knownSize: number, head: TreeHead): Promise<ConsistencyProof> {
    const known = await log.headOf(knownSize);
    return { first: known, second: head, path: await log.consistency(known.tree_size, head.tree_size) };
  }

  return {
    async get(caller, receiptId, knownSize) {
      requireScope(caller, 'read');
      const stored = await books.read.findReceipt(jobIdOf(receiptId));
      if (!stored || !(await isVisible(caller, stored))) {
        throw new DomainError('RECEIPT_NOT_FOUND', 'Receipt does not exist', { receiptId });
      }
      const head = await log.head();
      const receipt = await whole(stored, head);
      return knownSize === undefined ? receipt : { ...receipt, consistency: await consistencyWith(knownSize, head) };
    },

    verify: createVerifier({
      crypto,
      coordinatorKey: signer.publicKey,
      async find(receiptId) {
        const stored = await books.read.findReceipt(jobIdOf(receiptId));
        return stored && (await whole(stored, await log.head()));
      },
      minerKeyOf: async (minerId) => (await books.read.findNode(minerId))?.publicKey,
    }),

    head: () => log.head(),

    async consistency(first, second) {
      if (second === undefined) return await consistencyWith(first, await log.head());
      const heads = [await log.headOf(first), await log.headOf(second)] as const;
      if (second >= first) return await consistencyWith(first, heads[1]);
      const message = 'The second size must not be smaller than the first';
      throw new DomainError('INVALID_INPUT', message, { field: 'second' });
    },
  };
}

function jobIdOf(receiptId: string): string {
  return receiptId.startsWith(RECEIPT_PREFIX) ? receiptId.slice(RECEIPT_PREFIX.length) : receiptId;
}

function toReceipt({ payload, signature, custodial, createdAt }: StoredReceipt): Receipt {
  return {
    ...payload,
    signature,
    ...(custodial && { custodial: true as const }),
    attestations: [],
    created_at: createdAt.toISOString(),
  };
}
