/** Books as an earlier version left them, in words that every database knows, and what must be counted of them. */

export const COUNTS_VERSION = 5;

export const EARLIER_BOOKS = `
  ${job('1', 'completed', 'own', 5)} ${job('2', 'completed', 'shared-1', 7)} ${job('3', 'timed_out', 'own', 0)}
  ${job('4', 'queued', 'own', 0)}
  INSERT INTO account VALUES ('n', 'node', NULL, 'n', NULL, 0, 0, 0, 0, 4, 0, 0),
    ('m', 'node', NULL, 'm', NULL, 0, 0, 0, 0, 99, 0, 0);
  INSERT INTO node VALUES ('own', 'n', '', NULL, 0, '[]', '[]', 0), ('shared-1', 'm', '', NULL, 0, '[]', '[]', 0),
    ('shared-2', 'm', '', NULL, 0, '[]', '[]', 0);
  INSERT INTO node_score VALUES ('own', 1, 1, 0, 0, 4), ('shared-1', 1, 0, 0, 0, 4), ('shared-2', 0, 0, 0, 0, 4);
`;

function job(id: string, state: string, node: string, cost: number): string {
  return `INSERT INTO job (id, account_id, service, state, node_id, hold, unit_price, cost, epoch, created_at, started_at,
      ended_at, deadline_at, attempts, decisions, params, content)
    VALUES ('${id}', 'a', 'echo', '${state}', '${node}', 0, 0, ${cost}, 0, 86400000, 86400100,
      ${state === 'queued' ? 'NULL' : '172800000'}, 0, '[]', '[]', '', '');`;
}

/** Queries and the rows that they must find. */
export const COUNTED: readonly (readonly [sql: string, rows: readonly (readonly (string | bigint)[])[]])[] = [
  [
    'SELECT service, state, jobs FROM job_count ORDER BY state',
    [
      ['echo', 'completed', 2n],
      ['echo', 'queued', 1n],
      ['echo', 'timed_out', 1n],
    ],
  ],
  [
    'SELECT * FROM day_count ORDER BY day',
    [
      [1n, 4n, 0n, 0n, 0n, 0n, 0n],
      [2n, 0n, 2n, 1n, 0n, 172_800_000n, 12n],
    ],
  ],
  // An account of its own tells what a node was paid; of those that share one, only what their jobs cost is known.
  [
    'SELECT node_id, earned, busy_ms FROM node_score ORDER BY node_id',
    [
      ['own', 4n, 86_399_900n],
      ['shared-1', 7n, 86_399_900n],
      ['shared-2', 0n, 0n],
    ],
  ],
];
