import type { Invariant } from './invariant.ts';

/** Each completed job has one entry of charge, for its price; no other job has any, save for what was delivered of a stream. */
export const chargedOnce: Invariant = {
  name: 'charged once',
  when: 'always',
  asks: {
    mischarged: `
      SELECT job.id AS id, job.state AS state, job.cost AS cost, COUNT(charge.job_id) AS charges, SUM(charge.amount) AS charged
      FROM job LEFT JOIN transfer AS charge ON charge.job_id = job.id AND charge.kind = 'charge'
      GROUP BY job.id, job.state, job.cost
      HAVING COUNT(charge.job_id) <> CASE WHEN job.cost > 0 THEN 1 ELSE 0 END
        OR COALESCE(SUM(charge.amount), 0) <> job.cost`,
    mispriced: `
      SELECT id, state, service, cost, units, hold FROM job
      WHERE (state = 'completed' AND (cost = 0 OR cost <> units * unit_price))
        OR (state <> 'completed' AND cost > 0 AND service <> 'llm')
        OR cost > hold OR (ended_at IS NULL AND cost > 0)`,
    orphans: `SELECT job_id, amount FROM transfer WHERE kind = 'charge' AND job_id NOT IN (SELECT id FROM job)`,
  },
  judge: ({ rows }) => [
    ...rows('mischarged').map(
      ({ id, state, cost, charges, charged }) =>
        `job ${id} (${state}) costs ${cost} µ and has ${charges} charges of ${charged}`,
    ),
    ...rows('mispriced').map(
      ({ id, state, service, cost, units, hold }) =>
        `${service} job ${id} (${state}, ${units} units) costs ${cost} µ of ${hold}`,
    ),
    ...rows('orphans').map(({ job_id: id, amount }) => `${amount} µ were charged for job ${id}, which is not there`),
  ],
};
