import type { Caller, EventFeed, EventFilter, EventWish } from '@plexus/core';
import { eventFilter } from '@plexus/core';
import { Broadcast } from './broadcast.ts';
import type { FeedSocket } from './feed-socket.ts';
import type { ReplayLane } from './replay-lane.ts';

/** Subscriptions of one reader. */
export const MAX_SUBSCRIPTIONS = 100;

export interface FeedReaderDeps {
  readonly feed: EventFeed;
  readonly lane: ReplayLane;
  /** Told when a reader has everything that was told until now, so that it takes part in what comes. */
  readonly onLive: (reader: FeedReader) => void;
}

/** One reader that is known: where it is in the feed, and what of it it wants. */
export class FeedReader {
  readonly caller: Caller;
  readonly socket: FeedSocket;
  /** Everything up to this number that it may have was sent. */
  position: number;
  filter: EventFilter;
  private readonly wishes = new Map<string, EventWish>();
  private readonly deps: FeedReaderDeps;

  constructor(caller: Caller, { socket, since }: { socket: FeedSocket; since: number }, deps: FeedReaderDeps) {
    this.caller = caller;
    this.socket = socket;
    this.position = since;
    this.filter = eventFilter(caller);
    this.deps = deps;
  }

  /** @returns false when it has as many as it may */
  subscribe(subscriptionId: string, wish: EventWish): boolean {
    if (this.wishes.size >= MAX_SUBSCRIPTIONS) return false;
    this.wishes.set(subscriptionId, wish);
    this.filter = eventFilter(this.caller, [...this.wishes.values()]);
    return true;
  }

  /** @returns false when there is no such subscription */
  unsubscribe(subscriptionId: string): boolean {
    if (!this.wishes.delete(subscriptionId)) return false;
    this.filter = eventFilter(this.caller, [...this.wishes.values()]);
    return true;
  }

  /** New events, the next after `position`. */
  take(broadcast: Broadcast, through: number): void {
    const bytes = broadcast.for(this.filter);
    this.position = through;
    if (bytes.length > 0) this.socket.write(bytes);
  }

  /**
   * Sends what was told before, as fast as the reader takes it, and then what comes.
   *
   * @throws when the books cannot be read
   */
  async begin(): Promise<void> {
    if (this.socket.isOpen && this.position === this.deps.feed.position) return this.deps.onLive(this);
    while (this.socket.isOpen && !(await this.deps.lane.take(() => this.readOn()))) await this.socket.taken();
  }

  /** @returns whether it has everything now */
  private async readOn(): Promise<boolean> {
    const { feed, onLive } = this.deps;
    const { events, through } = await feed.read(this.position, this.filter.accountId);
    this.take(new Broadcast(events), through);
    // In one turn, so that no event is told in between.
    const isLive = this.position === feed.position;
    if (isLive && this.socket.isOpen) onLive(this);
    return isLive;
  }
}
