import type { DayCount, JobCount } from '@plexus/core';
import type { Row } from './adapter.ts';
import { type Columns, readMoney, readNumber, readText, readWord } from './columns.ts';

export const JOB_COUNT_COLUMNS: Columns<JobCount> = {
  account_id: (count) => count.accountId,
  service: (count) => count.service,
  state: (count) => count.state,
  jobs: (count) => count.jobs,
};

export function readJobCount(row: Row): JobCount {
  return {
    accountId: readText(row, 'account_id'),
    service: readText(row, 'service'),
    state: readWord(row, 'state'),
    jobs: readNumber(row, 'jobs'),
  };
}

export const DAY_COUNT_COLUMNS: Columns<DayCount> = {
  day: (count) => count.day,
  opened: (count) => count.opened,
  completed: (count) => count.completed,
  failed: (count) => count.failed,
  cancelled: (count) => count.cancelled,
  completion_ms: (count) => count.completionMs,
  volume: (count) => count.volume,
};

/** Sums over days: PostgreSQL and SQLite both sum whole numbers exactly. */
export function readDaySums(row: Row): Omit<DayCount, 'day'> {
  return {
    opened: readNumber(row, 'opened'),
    completed: readNumber(row, 'completed'),
    failed: readNumber(row, 'failed'),
    cancelled: readNumber(row, 'cancelled'),
    completionMs: readNumber(row, 'completion_ms'),
    volume: readMoney(row, 'volume'),
  };
}
