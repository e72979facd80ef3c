/** How a database writes what another one does not know. */
interface Words {
  /** The type of what is looked up. */
  readonly key: string;
  /** What ends a table whose rows change all the time. */
  readonly changing: string;
}

const NAMES = `
ALTER TABLE job ADD COLUMN name TEXT;
CREATE INDEX job_of_service ON job (account_id, service, state, id);
`;

const COUNT_JOBS = `
INSERT INTO job_count (account_id, service, state, jobs)
  SELECT account_id, service, state, COUNT(*) FROM job GROUP BY account_id, service, state;
`;

const COUNT_DAYS = `
INSERT INTO day_count (day, opened, completed, failed, cancelled, completion_ms, volume)
  SELECT day, SUM(opened), SUM(completed), SUM(failed), SUM(cancelled), SUM(completion_ms), SUM(volume)
  FROM (
    SELECT created_at / 86400000 AS day, 1 AS opened, 0 AS completed, 0 AS failed, 0 AS cancelled,
      0 AS completion_ms, 0 AS volume
    FROM job
    UNION ALL
    SELECT ended_at / 86400000, 0,
      CASE WHEN state = 'completed' THEN 1 ELSE 0 END,
      CASE WHEN state IN ('failed', 'timed_out') THEN 1 ELSE 0 END,
      CASE WHEN state = 'cancelled' THEN 1 ELSE 0 END,
      CASE WHEN state = 'completed' AND ended_at > created_at THEN ended_at - created_at ELSE 0 END,
      cost
    FROM job WHERE ended_at IS NOT NULL
  ) AS events
  GROUP BY day;
DROP TABLE job_day;
`;

/** Earnings before this version are their account's; of nodes that share one, the cost of what they completed. */
const EARNINGS = `
ALTER TABLE node_score ADD COLUMN earned BIGINT NOT NULL DEFAULT 0;
ALTER TABLE node_score ADD COLUMN busy_ms BIGINT NOT NULL DEFAULT 0;
UPDATE node_score SET earned = done.cost, busy_ms = done.busy_ms
  FROM (
    SELECT node_id, SUM(cost) AS cost, SUM(ended_at - started_at) AS busy_ms
    FROM job WHERE state = 'completed' AND node_id IS NOT NULL GROUP BY node_id
  ) AS done
  WHERE done.node_id = node_score.node_id;
UPDATE node_score SET earned = own.earned
  FROM (
    SELECT MIN(node.id) AS node_id, MIN(account.earned) AS earned
    FROM node JOIN account ON account.id = node.account_id GROUP BY account.id HAVING COUNT(*) = 1
  ) AS own
  WHERE own.node_id = node_score.node_id;
`;

/** Clients' names for their jobs; counts of jobs, of days and of what nodes earned, kept with what they count. */
export function countsSchema(words: Words): string {
  return [NAMES, jobCountTable(words), COUNT_JOBS, dayCountTable(words), COUNT_DAYS, EARNINGS].join('');
}

function jobCountTable({ key, changing }: Words): string {
  return `
CREATE TABLE job_count (
  account_id ${key} NOT NULL,
  service ${key} NOT NULL,
  state ${key} NOT NULL,
  jobs BIGINT NOT NULL,
  PRIMARY KEY (account_id, service, state)
)${changing};
`;
}

function dayCountTable({ changing }: Words): string {
  return `
CREATE TABLE day_count (
  day BIGINT PRIMARY KEY,
  opened BIGINT NOT NULL,
  completed BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  cancelled BIGINT NOT NULL,
  completion_ms BIGINT NOT NULL,
  volume BIGINT NOT NULL
)${changing};
`;
}
