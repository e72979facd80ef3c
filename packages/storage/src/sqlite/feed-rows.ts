import type { FeedRow } from '@plexus/core';
import type { Row } from './adapter.ts';
import { readNumber, readText } from './columns.ts';

/** Writes how many events a commit tells and their text, numbered after the newest one. One commit at a time may. */
export const TELL = `
  INSERT INTO feed (first_sequence, events, told)
  SELECT COALESCE((SELECT first_sequence + events FROM feed ORDER BY first_sequence DESC LIMIT 1), 1), `;

/** The number of the newest event, if there is one. */
export const LAST_EVENT = 'SELECT first_sequence + events - 1 AS last FROM feed ORDER BY first_sequence DESC LIMIT 1';

/** From the row on that holds the first number that is bound, or that of an event to come. */
export const ROWS_FROM = `
  SELECT first_sequence, events, told FROM feed
  WHERE first_sequence >= COALESCE((SELECT MAX(first_sequence) FROM feed WHERE first_sequence <= ?), 0)
  ORDER BY first_sequence LIMIT ?`;

export function readFeedRow(row: Row): FeedRow {
  return { first: readNumber(row, 'first_sequence'), count: readNumber(row, 'events'), text: readText(row, 'told') };
}
