import type { Caller } from '../accounts/caller.ts';
import { type FeedEvent, type FeedEventType, ownerOf } from './feed-event.ts';

/** What a reader has asked for: kinds of events, of one job or of all. */
export interface EventWish {
  readonly types: readonly FeedEventType[];
  readonly jobId?: string;
}

/** What one reader is told of. Readers with the same name are told of the same events. */
export interface EventFilter {
  readonly name: string;
  /** Whose events it can only be, beside public ones; undefined where it can be anybody's. */
  readonly accountId: string | undefined;
  takes(event: FeedEvent): boolean;
}

/**
 * A job's events are told to its account and to operators, the others to everybody.
 *
 * @param wishes none, and everything that the caller may see is told; an empty list, and nothing is
 */
export function eventFilter({ role, accountId }: Caller, wishes?: readonly EventWish[]): EventFilter {
  const whose = role === 'operator' ? undefined : accountId;
  const isVisible = (event: FeedEvent) => {
    const owner = ownerOf(event);
    return whose === undefined || owner === undefined || owner === whose;
  };
  return {
    name: JSON.stringify([whose ?? null, wishes ?? null]),
    accountId: whose,
    takes: (event) => isVisible(event) && (wishes === undefined || wishes.some((wish) => isWished(wish, event))),
  };
}

function isWished({ types, jobId }: EventWish, event: FeedEvent): boolean {
  if (!types.includes(event.type)) return false;
  return jobId === undefined || (event.type !== 'marketplace_update' && event.jobId === jobId);
}
