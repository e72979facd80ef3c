import { type EventPage, type FeedEvent, type NumberedEvent, ownerOf } from './feed-event.ts';
import { feedText, readFeedText } from './feed-text.ts';

/** The events of one commit as a storage keeps them. */
export interface FeedRow {
  /** The number of its first event. */
  readonly first: number;
  readonly count: number;
  readonly text: string;
}

/** What of the feed is wanted. */
export interface EventQuery {
  /** Events with a higher number; 0 is before the first. */
  readonly after: number;
  /** Only this account's and public ones; everybody's without. */
  readonly accountId?: string;
  /** Commits at most, each of which may tell many events. */
  readonly limit: number;
}

/** A row for the events of a commit, numbered after the last one that is there, and for numbers that none has. */
export function feedRow(events: readonly FeedEvent[], last: number, skipped = 0): FeedRow {
  return { first: last + 1, count: events.length + skipped, text: feedText(events) };
}

/** What rows, in their order, come to. A row that cannot hold anything that is wanted is not read. */
export function readFeedRows(rows: readonly FeedRow[], { after, accountId }: EventQuery): EventPage {
  const mayHold = needleFor(accountId);
  const events = rows.filter(({ text }) => mayHold(text)).flatMap(numbered);
  const last = rows.at(-1);
  return {
    events: events.filter(({ sequence, event }) => sequence > after && isFor(accountId, event)),
    through: last ? Math.max(after, last.first + last.count - 1) : after,
  };
}

function numbered({ first, text }: FeedRow): readonly NumberedEvent[] {
  return readFeedText(text).map((event, index) => ({ sequence: first + index, event }));
}

function isFor(accountId: string | undefined, event: FeedEvent): boolean {
  const owner = ownerOf(event);
  return accountId === undefined || owner === undefined || owner === accountId;
}

/** Finds text in a row a hundred times as fast as it could be read. */
function needleFor(accountId: string | undefined): (text: string) => boolean {
  if (accountId === undefined) return () => true;
  const name = JSON.stringify(accountId);
  return (text) => text.includes(name) || text.includes('"offerId":');
}
