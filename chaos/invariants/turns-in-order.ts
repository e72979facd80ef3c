import type { Invariant } from './invariant.ts';

interface Attempt {
  readonly epoch: number;
  readonly outcome?: string;
}

/** The books know one turn after the other of each job, each of them ended, and the last one under its newest lease. */
export const turnsInOrder: Invariant = {
  name: 'none under two live leases, by the books',
  when: 'at rest',
  asks: { jobs: 'SELECT id, epoch, attempts FROM job' },
  judge: ({ rows }) =>
    rows('jobs').flatMap(({ id, epoch, attempts }) => {
      // Its own program wrote it; a wrong shape shows as a wrong order.
      const list = JSON.parse(attempts ?? '[]') as readonly Attempt[];
      const isOrdered = list.every((attempt, at) => attempt.epoch === at + 1 && attempt.outcome !== undefined);
      return isOrdered && list.length === Number(epoch) ? [] : [`job ${id} (epoch ${epoch}) had the turns ${attempts}`];
    }),
};
