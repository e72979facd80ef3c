import {
  hasEnded,
  type JobCount,
  type JobFilter,
  type JobIdQuery,
  type JobPage,
  type JobState,
  type OffsetPage,
} from '@plexus/core';
import { JOB_COUNT_COLUMNS, readJobCount } from './count-rows.ts';
import { readListedJob } from './job-rows.ts';
import { indexedBy, mergedJobsQuery } from './list-queries.ts';
import { type Queries, type Query, where } from './queries.ts';

const COUNTS = `SELECT ${Object.keys(JOB_COUNT_COLUMNS).join(', ')} FROM job_count WHERE account_id = ? AND jobs > 0`;

/** An account's jobs by place: how many there are is read from their counts, and the page by an index. */
export async function readJobPage(
  { many }: Queries,
  accountId: string,
  filter: JobFilter,
  { limit, offset }: OffsetPage,
): Promise<JobPage> {
  const counts = (await many(COUNTS, [accountId], readJobCount)).filter((count) => fits(count, filter));
  const total = counts.reduce((sum, { jobs }) => sum + jobs, 0);
  if (offset >= total) return { jobs: [], total };
  const states = [...new Set(counts.map(({ state }) => state))];
  const { sql, values } = pageQuery(accountId, { states, service: filter.service }, { limit, offset });
  return { jobs: await many(sql, values, readListedJob), total };
}

function fits({ service, state }: JobCount, { service: wanted = service, states }: JobFilter): boolean {
  return service === wanted && (states?.includes(state) ?? true);
}

/** Ids, newest first: the newest of each state, merged, of which an index has all that is asked for. */
export function jobIdsQuery({ accountId, service, states, after, limit }: JobIdQuery): Query {
  const parts = states.map((state, at) => {
    const { sql, values } = where({
      'account_id = ?': accountId,
      'service = ?': service,
      'state = ?': state,
      'id > ?': hasEnded(state) ? after : undefined,
    });
    const newest = `SELECT id FROM job${sql} ORDER BY id DESC LIMIT ?`;
    return { sql: `SELECT id FROM (${newest}) AS part_${at}`, values: [...values, limit] };
  });
  return {
    sql: `${parts.map(({ sql }) => sql).join(' UNION ALL ')} ORDER BY id DESC LIMIT ?`,
    values: [...parts.flatMap(({ values }) => values), limit],
  };
}

interface Wanted {
  readonly states: readonly JobState[];
  readonly service: string | undefined;
}

/** Jobs, newest first: the newest of each state, merged, so that no others are looked at. */
export function pageQuery(accountId: string, { states, service }: Wanted, page: OffsetPage): Query {
  const conditions = states.map((state) =>
    where(
      { 'account_id = ?': accountId, 'service = ?': service, 'state = ?': state },
      service === undefined ? indexedBy(state) : [],
    ),
  );
  return mergedJobsQuery(conditions, page);
}
