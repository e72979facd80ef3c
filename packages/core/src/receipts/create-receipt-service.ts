import { attest, type Receipt, type ReceiptCrypto, type Signer } from '@plexus/protocol';
import type { Caller } from '../accounts/caller.ts';
import { requireScope } from '../accounts/caller.ts';
import type { Books } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import { receiptIdOf } from '../jobs/job.ts';
import type { ReceiptLog } from './receipt-log.ts';
import type { ReceiptService } from './receipt-service.ts';
import type { StoredReceipt } from './stored-receipt.ts';

export interface ReceiptServiceDeps {
  readonly books: Books;
  readonly log: ReceiptLog;
  readonly crypto: ReceiptCrypto;
  readonly signer: Signer;
}

const RECEIPT_PREFIX = receiptIdOf('');

export function createReceiptService({ books, log, crypto, signer }: ReceiptServiceDeps): ReceiptService {
  async function isVisible(caller: Caller, receipt: StoredReceipt): Promise<boolean> {
    if (caller.role === 'operator' || receipt.payload.client === caller.accountId) return true;
    const node = await books.read.findNode(receipt.payload.miner_id);
    const account = node && (await books.read.findAccount(node.accountId));
    return account?.id === caller.accountId || account?.ownerId === caller.accountId;
  }

  return {
    async get(caller, receiptId, knownSize) {
      requireScope(caller, 'read');
      const jobId = receiptId.startsWith(RECEIPT_PREFIX) ? receiptId.slice(RECEIPT_PREFIX.length) : receiptId;
      const stored = await books.read.findReceipt(jobId);
      if (!stored || !(await isVisible(caller, stored))) {
        throw new DomainError('RECEIPT_NOT_FOUND', 'Receipt does not exist', { receiptId });
      }
      const head = await log.head();
      const path = await log.inclusion(stored.leafIndex, head.tree_size);
      const known = knownSize === undefined ? undefined : await log.headOf(knownSize);
      const consistency = known && {
        first: known,
        second: head,
        path: await log.consistency(known.tree_size, head.tree_size),
      };
      const attestation = attest(crypto, signer, stored.payload, stored.createdAt.toISOString());
      const inclusion = { leaf_index: stored.leafIndex, path, tree_head: head };
      return { ...toReceipt(stored), attestations: [attestation], inclusion, ...(consistency && { consistency }) };
    },

    head: () => log.head(),

    async consistency(first, second) {
      const firstHead = await log.headOf(first);
      const secondHead = second === undefined ? await log.head() : await log.headOf(second);
      if (second !== undefined && second < first) {
        throw new DomainError('INVALID_INPUT', 'The second size must not be smaller than the first', {
          field: 'second',
        });
      }
      return { first: firstHead, second: secondHead, path: await log.consistency(first, secondHead.tree_size) };
    },
  };
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
