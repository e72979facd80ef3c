import type { TrainingRound } from './training.ts';

const HOUR_MS = 3_600_000;

/** What one node has done in a run. */
export interface NodeTraining {
  /** Inner steps. */
  readonly steps: number;
  /** Those among them of rounds that ended within the last hour. */
  readonly stepsLastHour: number;
  /** Rounds for which it has handed in a pseudo-gradient, and those whose outer step was taken. */
  readonly submitted: number;
  readonly accepted: number;
  /** In the newest of its rounds. */
  readonly loss: number | null;
  /** Whether it was in the newest round. */
  readonly isCurrent: boolean;
}

/** @param rounds of one run, the oldest first */
export function nodeTraining(rounds: readonly TrainingRound[], nodeId: string, now: Date): NodeTraining {
  const own = rounds.flatMap(({ reports, ...round }) => {
    const report = reports.find((one) => one.nodeId === nodeId);
    return report ? [{ ...round, report }] : [];
  });
  const recent = own.filter(({ endedAt }) => now.getTime() - endedAt.getTime() < HOUR_MS);
  const newest = own.at(-1);
  return {
    steps: stepsOf(own),
    stepsLastHour: stepsOf(recent),
    submitted: own.length,
    accepted: own.filter(({ succeeded }) => succeeded).length,
    loss: newest?.report.loss ?? null,
    isCurrent: newest !== undefined && newest.round === rounds.at(-1)?.round,
  };
}

function stepsOf(own: readonly { readonly report: { readonly steps: number } }[]): number {
  return own.reduce((sum, { report }) => sum + report.steps, 0);
}
