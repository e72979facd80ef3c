/** Receipts and their log in Plexus's own API. */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { ConsistencyProof, Receipt, TreeHead } from '../receipts/receipt.ts';
import { Id } from './common.ts';

/** Leaves of the log; beyond whole numbers that are exact there is none. */
const Size = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

export const receiptsEndpoints = endpoints({
  getReceipt: {
    method: 'GET',
    path: '/plexus/v1/receipts/{receipt_id}',
    summary: 'A receipt with its proof of inclusion; give the size of a head you know to get consistency with it too.',
    auth: 'key',
    params: Type.Object({ receipt_id: Id }),
    query: Type.Object({ known_size: Type.Optional(Size) }),
    status: 200,
    response: Receipt,
  },
  getTreeHead: {
    method: 'GET',
    path: '/plexus/v1/log/head',
    summary: "The receipt log's newest signed tree head.",
    auth: 'none',
    status: 200,
    response: TreeHead,
  },
  getConsistency: {
    method: 'GET',
    path: '/plexus/v1/log/consistency',
    summary: 'Proof that the log of `first` leaves is a prefix of the log of `second`; both sizes need a signed head.',
    auth: 'none',
    query: Type.Object({ first: Size, second: Type.Optional(Size) }),
    status: 200,
    response: ConsistencyProof,
  },
});
