import type { aitbcEndpoints } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import type { AitbcDeps } from './deps.ts';

type ReceiptHandlers = Pick<Handlers<typeof aitbcEndpoints>, 'getReceipt' | 'verifyReceipt'>;

/** Endpoints about receipts. */
export function receiptHandlers({ receipts, clock }: Pick<AitbcDeps, 'receipts' | 'clock'>): ReceiptHandlers {
  return {
    getReceipt: async ({ params }, { caller }) => await receipts.get(caller, params.job_id),

    async verifyReceipt({ body }) {
      const { valid, checks, attestations } = await receipts.verify(body);
      return {
        valid,
        miner_signature_valid: checks.some(({ name, status }) => name === 'signature' && status === 'ok'),
        coordinator_attestations: attestations,
        verified_at: clock().toISOString(),
        checks: checks.map(({ name, status, detail }) => ({ name, status, detail })),
      };
    },
  };
}
