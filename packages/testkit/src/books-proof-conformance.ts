import type { Command, Proof, TrainingRound } from '@plexus/core';
import { expect, it } from 'vitest';
import { MINT, NODE, NODE_ACCOUNT, NOON, type Stage } from './books-fixtures.ts';

const at = (seconds: number): Date => new Date(NOON.getTime() + seconds * 1000);

function proofOf(number: number, fields: Partial<Proof> = {}): Proof {
  return {
    id: `proof_${number}`,
    nodeId: NODE,
    kind: 'uptime',
    startedAt: at(number - 1),
    endedAt: at(number),
    inputHash: 'in',
    outputHash: 'out',
    signature: 'c2ln',
    verified: true,
    reward: 10n,
    ...fields,
  };
}

const record = (proof: Proof): Command => ({ type: 'recordProof', proof, accountId: NODE_ACCOUNT, mintId: MINT });

const roundOf = (round: number, runId = 'run_1'): TrainingRound => ({
  runId,
  round,
  succeeded: round !== 2,
  endedAt: at(round),
  reports: [{ nodeId: NODE, weightsHash: 'a', loss: 1 / round, steps: 5, tokens: 9, shards: [1, 2] }],
});

/** Proofs of work that was no job, and what training has come to. */
export function proofConformance(stage: Stage): void {
  it('pays for a proof once, and lists a node’s newest first', async () => {
    const { books } = stage;
    await books.commit(record(proofOf(1)));
    await books.commit(record(proofOf(1)));
    await books.commitAll([
      record(proofOf(2, { kind: 'forward', layer: 5 })),
      record(proofOf(3, { verified: false, reward: 0n })),
      record(proofOf(4, { nodeId: 'node_2' })),
    ]);
    if (stage.reopen) await books.close().then(stage.reopen);
    const { read } = stage.books;
    expect(await read.listProofs(NODE, 2)).toEqual([
      proofOf(3, { verified: false, reward: 0n }),
      proofOf(2, { kind: 'forward', layer: 5 }),
    ]);
    expect(await read.proofTotals(NODE, at(2))).toEqual({ submitted: 3, verified: 2, reward: 20n, rewardSince: 10n });
    expect(await read.findAccount(NODE_ACCOUNT)).toMatchObject({ available: 30n });
  });

  it('keeps runs of training and their rounds, and finds the newest', async () => {
    const { books } = stage;
    expect(await books.read.findTrainingRun()).toBeUndefined();
    const run = { id: 'run_1', innerSteps: 500, startedAt: NOON };
    await books.commit({ type: 'recordRun', run });
    await books.commitAll([1, 2, 3].map((round) => ({ type: 'recordRound', round: roundOf(round) })));
    await books.commit({ type: 'recordRun', run: { ...run, endedAt: at(9) } });
    expect(await books.read.findTrainingRun()).toEqual({ ...run, endedAt: at(9) });
    expect(await books.read.listTrainingRounds('run_1', 2)).toEqual([roundOf(2), roundOf(3)]);
    await books.commit({ type: 'recordRun', run: { ...run, id: 'run_2', startedAt: at(10) } });
    expect(await books.read.findTrainingRun()).toMatchObject({ id: 'run_2' });
    expect(await books.read.listTrainingRounds('run_2', 9)).toEqual([]);
  });
}
