/** AITBC's receipts. Source: seed 002, "Receipts". */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { Receipt } from '../receipts/receipt.ts';
import { Id, Instant } from './common.ts';

const Check = Type.Object({
  name: Type.String(),
  status: Type.Enum(['ok', 'failed', 'absent']),
  detail: Type.String(),
});

export const receiptsEndpoints = endpoints({
  getReceipt: {
    method: 'GET',
    path: '/v1/receipts/{job_id}',
    summary: 'The receipt for a completed job, with its place in the log.',
    auth: 'key',
    params: Type.Object({ job_id: Id }),
    status: 200,
    response: Receipt,
    errors: { 404: 'RECEIPT_NOT_FOUND' },
  },
  verifyReceipt: {
    method: 'POST',
    path: '/v1/receipts/verify',
    summary: 'Check a receipt, bare or as `{receipt}`; whatever is wrong with it, the answer is 200.',
    description: 'What the receipt leaves out is taken from the books, so that its id and its signature are enough.',
    auth: 'none',
    body: Type.Unknown(),
    status: 200,
    response: Type.Object({
      valid: Type.Boolean(),
      miner_signature_valid: Type.Boolean(),
      coordinator_attestations: Type.Integer({ description: 'How many of its attestations are good.' }),
      verified_at: Instant,
      checks: Type.Array(Check, { description: 'Everything that was checked, and what was found.' }),
    }),
  },
});
