import type { Books } from '../books/books.ts';
import { type NodeTraining, nodeTraining } from './node-training.ts';
import { viewTraining, type TrainingView } from './training-view.ts';

/** Rounds of the newest run that are looked at, the newest ones. */
const MAX_ROUNDS = 10_000;

/** How the newest run of training goes. */
export interface TrainingBook {
  view(): Promise<RunView>;
}

/** A run, with what one of its nodes has done in it. */
export interface RunView extends TrainingView {
  readonly ofNode: (nodeId: string) => NodeTraining;
}

export function createTrainingBook({ read }: Pick<Books, 'read'>, clock: () => Date): TrainingBook {
  return {
    async view() {
      const run = await read.findTrainingRun();
      const rounds = run ? await read.listTrainingRounds(run.id, MAX_ROUNDS) : [];
      return { ...viewTraining(run, rounds), ofNode: (nodeId) => nodeTraining(rounds, nodeId, clock()) };
    },
  };
}
