import type { Database } from './adapter.ts';
import { readNumber, readText } from './columns.ts';
import { REMOVED_TEXT } from './text.ts';

/** Jobs whose texts are removed in one transaction: few enough that whoever else writes waits for milliseconds. */
const BATCH_JOBS = 100;

/** Errors tell what a program or an engine said, which may be what it was sent. */
const FORGET = `UPDATE job SET content = ?, params = CAST('{}' AS BLOB), result = NULL, error = NULL,
  attempts = (SELECT json_group_array(json_remove(value, '$.error') ORDER BY key) FROM json_each(attempts)) WHERE id = ?`;

/**
 * Prepares the removal of what jobs were sent with and came to. Jobs are gone through once, in the order of their
 * ids, which is that of their creation; where texts were removed before is found out by looking.
 *
 * @returns removes those of some of the jobs that ended before a time in milliseconds, and says of how many
 */
export function prepareForget(database: Database): (endedBefore: number) => number {
  const find = database.prepare(
    'SELECT id, ended_at FROM job WHERE id > ? AND ended_at IS NOT NULL AND content <> ? ORDER BY id LIMIT ?',
  );
  const forget = database.prepare(FORGET);
  let last = '';

  return (endedBefore) => {
    const found = find.all([last, REMOVED_TEXT, BATCH_JOBS]);
    const firstYoung = found.findIndex((row) => readNumber(row, 'ended_at') >= endedBefore);
    const due = firstYoung === -1 ? found : found.slice(0, firstYoung);
    if (due.length === 0) return 0;
    database.exec('BEGIN IMMEDIATE');
    try {
      for (const row of due) forget.run([REMOVED_TEXT, readText(row, 'id')]);
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
    last = readText(due.at(-1) ?? {}, 'id');
    return due.length;
  };
}
