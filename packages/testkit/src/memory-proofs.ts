import type { BooksReader, Draft, Proof, TrainingRound, TrainingRun } from '@plexus/core';

/** What was proven and trained. */
export interface Deeds {
  readonly proofs: Map<string, Proof>;
  readonly trainingRuns: Map<string, TrainingRun>;
  readonly trainingRounds: Map<string, TrainingRound>;
}

export function emptyDeeds(): Deeds {
  return { proofs: new Map(), trainingRuns: new Map(), trainingRounds: new Map() };
}

export function keepDeeds({ proofs, trainingRuns, trainingRounds }: Deeds, draft: Draft): void {
  for (const [id, proof] of draft.proofs) proofs.set(id, proof);
  for (const [id, run] of draft.trainingRuns) trainingRuns.set(id, run);
  for (const [id, round] of draft.trainingRounds) trainingRounds.set(id, round);
}

export function proofReads(
  deeds: Deeds,
): Pick<BooksReader, 'listProofs' | 'proofTotals' | 'findTrainingRun' | 'listTrainingRounds'> {
  const of = (nodeId: string) => [...deeds.proofs.values()].filter((proof) => proof.nodeId === nodeId);
  const rewardOf = (proofs: readonly Proof[]) => proofs.reduce((sum, { reward }) => sum + reward, 0n);
  return {
    listProofs: async (nodeId, limit) =>
      of(nodeId)
        .toSorted((a, b) => b.endedAt.getTime() - a.endedAt.getTime())
        .slice(0, limit),
    async proofTotals(nodeId, since) {
      const proofs = of(nodeId);
      return {
        submitted: proofs.length,
        verified: proofs.filter(({ verified }) => verified).length,
        reward: rewardOf(proofs),
        rewardSince: rewardOf(proofs.filter(({ endedAt }) => endedAt >= since)),
      };
    },
    async findTrainingRun() {
      const runs = [...deeds.trainingRuns.values()];
      return runs.toSorted((a, b) => b.startedAt.getTime() - a.startedAt.getTime())[0];
    },
    async listTrainingRounds(runId, limit) {
      const rounds = [...deeds.trainingRounds.values()].filter((round) => round.runId === runId);
      return rounds.toSorted((a, b) => a.round - b.round).slice(-limit);
    },
  };
}
