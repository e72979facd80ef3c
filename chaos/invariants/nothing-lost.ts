import { type Invariant, micro } from './invariant.ts';

/** What a client was told is in the books: every id, and every end with its price. */
export const nothingLost: Invariant = {
  name: 'no acknowledged task lost',
  when: 'always',
  asks: { jobs: 'SELECT id, account_id, state, cost FROM job' },
  judge({ told, rows }) {
    const jobs = new Map(rows('jobs').map((row) => [row['id'], row]));
    return [...told].flatMap(([id, { customer, state, costMicro }]) => {
      const job = jobs.get(id);
      if (!job) return [`job ${id} was acknowledged, and is not in the books`];
      if (job['account_id'] !== customer.accountId) return [`job ${id} belongs to account ${job['account_id']}`];
      if (state === undefined || (state === job['state'] && costMicro === micro(job['cost']))) return [];
      return [`job ${id} was ${state} for ${costMicro} µ to its client, and is ${job['state']} for ${job['cost']} µ`];
    });
  },
};
