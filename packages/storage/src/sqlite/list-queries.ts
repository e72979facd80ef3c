import type { JobState, PageRequest } from '@plexus/core';
import { TRANSFER_COLUMNS } from './account-rows.ts';
import { LISTED_JOB_COLUMNS } from './job-rows.ts';
import { type Query, where } from './queries.ts';

const ENTRY_COLUMNS = `sequence, ${Object.keys(TRANSFER_COLUMNS).join(', ')}`;

/** Jobs, newest first. A state's index is used only by a query that repeats the index's own condition. */
export function jobsQuery(filter: { accountId?: string; state?: JobState }, page: PageRequest): Query {
  const { sql, values } = where(
    { 'account_id = ?': filter.accountId, 'state = ?': filter.state, 'id < ?': page.after },
    stateIndexOf(filter.state),
  );
  return {
    sql: `SELECT ${LISTED_JOB_COLUMNS} FROM job${sql} ORDER BY id DESC LIMIT ?`,
    values: [...values, page.limit],
  };
}

function stateIndexOf(state: JobState | undefined): readonly string[] {
  switch (state) {
    case 'queued':
    case 'running':
      return ["state IN ('queued', 'running')"];
    case 'failed':
    case 'cancelled':
    case 'timed_out':
      return ["state IN ('failed', 'cancelled', 'timed_out')"];
    case 'completed':
    case undefined:
      return [];
  }
}

/** Entries of one account, newest first: the newest of each index, merged. */
export function entriesQuery(accountId: string, { visible }: { visible: boolean }, page: PageRequest): Query {
  const before = page.after === undefined ? undefined : Number(page.after);
  const outer = [`debit_account = ?`, `kind NOT IN ('hold', 'release')`] as const;
  const sides = [
    outer,
    ['credit_account = ?', outer[1]],
    ['debit_account = ?', "kind IN ('hold', 'release')"],
  ] as const;
  const parts = sides.slice(0, visible ? 2 : 3).map(([side, kinds], at) => {
    const { sql, values } = where({ [side]: accountId, 'sequence < ?': before }, [kinds]);
    const inner = `SELECT ${ENTRY_COLUMNS} FROM transfer${sql} ORDER BY sequence DESC LIMIT ?`;
    return { sql: `SELECT * FROM (${inner}) AS part_${at}`, values: [...values, page.limit] };
  });
  return {
    sql: `${parts.map(({ sql }) => sql).join(' UNION ')} ORDER BY sequence DESC LIMIT ?`,
    values: [...parts.flatMap(({ values }) => values), page.limit],
  };
}
