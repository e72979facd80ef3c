import type { plexusEndpoints } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import type { PlexusDeps } from './deps.ts';

type ReceiptHandlers = Pick<Handlers<typeof plexusEndpoints>, 'getReceipt' | 'getTreeHead' | 'getConsistency'>;

/** Endpoints about receipts and the log that they stand in. */
export function receiptHandlers({ receipts }: Pick<PlexusDeps, 'receipts'>): ReceiptHandlers {
  return {
    getReceipt: ({ params, query }, { caller }) => receipts.get(caller, params.receipt_id, query.known_size),
    getTreeHead: () => receipts.head(),
    getConsistency: ({ query: { first, second } }) => receipts.consistency(first, second),
  };
}
