import { readNumber } from '../columns.ts';
import { LAST_EVENT } from '../feed-rows.ts';
import { openConnection } from '../library.ts';

/** More events than can have been told after a backup was taken: 20,000 a second for a year and a half. */
const GAP_EVENTS = 1_000_000_000_000;

/**
 * Lets the feed of restored books go on behind all numbers that can have been told, so that none stands for two events.
 * Books of a version without a feed have told none.
 */
export function leaveFeedGap(path: string): void {
  const database = openConnection(path);
  try {
    if (!database.prepare("SELECT 1 AS one FROM sqlite_schema WHERE name = 'feed'").get()) return;
    const last = database.prepare(LAST_EVENT).get();
    const next = (last ? readNumber(last, 'last') : 0) + GAP_EVENTS;
    database.exec('PRAGMA synchronous = FULL');
    // A row of one number that tells nothing.
    database.prepare("INSERT INTO feed (first_sequence, events, told) VALUES (?, 1, '[]')").run([next]);
  } finally {
    database.close();
  }
}
