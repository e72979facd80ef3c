import type { Invariant } from './invariant.ts';

/** Nothing is held but for jobs that are open. */
export const noIdleHold: Invariant = {
  name: 'no hold without an open job',
  when: 'always',
  asks: {
    wrong: `
      SELECT account.id AS id, account.held AS held, COALESCE(SUM(job.hold), 0) AS wanted, COUNT(job.id) AS jobs
      FROM account LEFT JOIN job ON job.account_id = account.id AND job.state IN ('queued', 'running')
      GROUP BY account.id, account.held HAVING account.held <> COALESCE(SUM(job.hold), 0)`,
  },
  judge: ({ rows }) =>
    rows('wrong').map(
      ({ id, held, wanted, jobs }) => `account ${id} has ${held} µ held, and ${jobs} open jobs that hold ${wanted}`,
    ),
};
