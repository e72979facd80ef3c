import type { Books } from '../books/books.ts';
import { type NodeTraining, nodeTraining } from './node-training.ts';
import type { TrainingRound, TrainingRun } from './training.ts';
import { viewTraining, type TrainingView } from './training-view.ts';

/** Rounds of the newest run that are looked at, the newest ones. */
const MAX_ROUNDS = 10_000;

/** How the newest run of training goes. */
export interface TrainingBook {
  view(): Promise<TrainingView>;
  ofNode(nodeId: string): Promise<NodeTraining>;
}

export function createTrainingBook({ read }: Pick<Books, 'read'>, clock: () => Date): TrainingBook {
  async function newestRun(): Promise<{ run: TrainingRun | undefined; rounds: readonly TrainingRound[] }> {
    const run = await read.findTrainingRun();
    return { run, rounds: run ? await read.listTrainingRounds(run.id, MAX_ROUNDS) : [] };
  }

  return {
    async view() {
      const { run, rounds } = await newestRun();
      return viewTraining(run, rounds);
    },

    async ofNode(nodeId) {
      const { rounds } = await newestRun();
      return nodeTraining(rounds, nodeId, clock());
    },
  };
}
