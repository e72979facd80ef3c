import { recordProof, recordRound, recordRun } from './proof-rules.ts';
import type { RulesOf } from './rule.ts';

/** How commands of proofs and of training are applied. */
export const PROOF_RULES: RulesOf<'recordProof' | 'recordRun' | 'recordRound'> = {
  recordProof: {
    touch({ proof, accountId, mintId }, into) {
      into.accounts.add(accountId).add(mintId);
      into.proofs.add(proof.id);
    },
    apply: recordProof,
  },
  recordRun: { touch: () => undefined, apply: recordRun },
  recordRound: { touch: () => undefined, apply: recordRound },
};
