import type { RecordProof } from '../proofs/proof.ts';
import type { RecordRound, RecordRun } from '../training/training.ts';
import type { AnyDraft } from './draft.ts';

/** A proof that is kept already is not paid again. */
export function recordProof(draft: AnyDraft, { proof, accountId, mintId }: RecordProof): void {
  if (draft.findProof(proof.id) !== undefined) return;
  draft.put(draft.proofs, proof.id, proof);
  draft.move({
    kind: 'proof_reward',
    debit: { accountId: mintId, part: 'available' },
    credit: { accountId, part: 'available' },
    amount: proof.reward,
    reference: proof.id,
    at: proof.endedAt,
  });
}

export function recordRun(draft: AnyDraft, { run }: RecordRun): void {
  draft.put(draft.trainingRuns, run.id, run);
}

export function recordRound(draft: AnyDraft, { round }: RecordRound): void {
  draft.put(draft.trainingRounds, `${round.runId}\n${round.round}`, round);
}
