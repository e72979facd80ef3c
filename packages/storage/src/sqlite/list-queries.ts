import type { JobState, OffsetPage, PageRequest } from '@plexus/core';
import { TRANSFER_COLUMNS } from './account-rows.ts';
import { LISTED_JOB_COLUMNS } from './job-rows.ts';
import { type Query, where } from './queries.ts';

const ENTRY_COLUMNS = `sequence, ${Object.keys(TRANSFER_COLUMNS).join(', ')}`;

/** Jobs that have not ended, and those that ended without a charge: each has indexes of its own. */
const OPEN = "state IN ('queued', 'running')";
const UNPAID = "state IN ('failed', 'cancelled', 'timed_out')";
/**
 * All ids are more than ''. With no bound on ids, or (SQLite 3.53) with two, SQLite would take the index of all accounts'
 * unpaid jobs for those of one, as it is narrower: it is given one.
 */
const ANY_ID = "id > ''";

/** Jobs, newest first. An index of some states is used only by a query that repeats the index's own condition. */
export function jobsQuery(filter: { accountId?: string; state?: JobState }, page: PageRequest): Query {
  const { accountId, state } = filter;
  if (accountId !== undefined && state === undefined) return ownJobsQuery(accountId, page);
  const { sql, values } = where(
    { 'account_id = ?': accountId, 'state = ?': state, 'id < ?': page.after },
    indexedBy(state, page.after),
  );
  return {
    sql: `SELECT ${LISTED_JOB_COLUMNS} FROM job${sql} ORDER BY id DESC LIMIT ?`,
    values: [...values, page.limit],
  };
}

/** What a query must repeat to be served by the index of a state; `after` is the bound on ids that it has already. */
export function indexedBy(state: JobState | undefined, after?: string): readonly string[] {
  switch (state) {
    case 'queued':
    case 'running':
      return [OPEN];
    case 'failed':
    case 'cancelled':
    case 'timed_out':
      return after === undefined ? [UNPAID, ANY_ID] : [UNPAID];
    case 'completed':
      return ["state = 'completed'"];
    case undefined:
      return [];
  }
}

/** All jobs of an account: the newest of each index, merged, so that a job stands in one of them only. */
function ownJobsQuery(accountId: string, { limit, after }: PageRequest): Query {
  const unpaid = (['failed', 'cancelled', 'timed_out'] as const).map((state) => [
    ...indexedBy(state, after),
    `state = '${state}'`,
  ]);
  const parts = [["state = 'completed'"], [OPEN], ...unpaid].map((conditions) =>
    where({ 'account_id = ?': accountId, 'id < ?': after }, conditions),
  );
  return mergedJobsQuery(parts, { limit, offset: 0 });
}

/** The newest jobs of those that fit one of the conditions, each of which an index serves; no job may fit two. */
export function mergedJobsQuery(conditions: readonly Query[], { limit, offset }: OffsetPage): Query {
  const parts = conditions.map(
    ({ sql }, at) => `SELECT id FROM (SELECT id FROM job${sql} ORDER BY id DESC LIMIT ?) AS part_${at}`,
  );
  const newest = `SELECT id FROM (${parts.join(' UNION ALL ')}) AS parts ORDER BY id DESC LIMIT ? OFFSET ?`;
  return {
    sql: `SELECT ${LISTED_JOB_COLUMNS} FROM job WHERE id IN (${newest}) ORDER BY id DESC`,
    values: [...conditions.flatMap(({ values }) => [...values, offset + limit]), limit, offset],
  };
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
