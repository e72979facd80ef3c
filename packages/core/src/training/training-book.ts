import type { Books } from '../books/books.ts';
import { viewTraining, type TrainingView } from './training-view.ts';

/** Rounds of the newest run that are looked at, the newest ones. */
const MAX_ROUNDS = 10_000;

/** How the newest run of training goes. */
export interface TrainingBook {
  view(): Promise<TrainingView>;
}

export function createTrainingBook({ read }: Pick<Books, 'read'>): TrainingBook {
  return {
    async view() {
      const run = await read.findTrainingRun();
      const rounds = run ? await read.listTrainingRounds(run.id, MAX_ROUNDS) : [];
      return viewTraining(run, rounds);
    },
  };
}
