import { type Caller, DomainError, type EventFeed, type NumberedEvent } from '@plexus/core';
import { Broadcast } from './broadcast.ts';
import { FeedReader } from './feed-reader.ts';
import type { FeedSocket } from './feed-socket.ts';
import { ReplayLane } from './replay-lane.ts';

export interface AudienceDeps {
  readonly feed: EventFeed;
  /** The number of the newest event. */
  readonly lastEvent: () => Promise<number>;
}

/** The readers that have everything until now: each new event goes to all of them together. */
export class Audience {
  private readonly live = new Set<FeedReader>();
  private readonly lane = new ReplayLane();
  private readonly deps: AudienceDeps;
  private listening: Promise<() => void> | undefined;

  constructor(deps: AudienceDeps) {
    this.deps = deps;
  }

  /**
   * @param since the number after which it wants to read on; without, what comes from now on
   * @throws {DomainError} INVALID_INPUT
   */
  async admit(
    caller: Caller,
    { socket, since }: { readonly socket: FeedSocket; readonly since: number | undefined },
  ): Promise<FeedReader> {
    const { feed, lastEvent } = this.deps;
    await this.listen();
    if (since !== undefined && since > feed.position && since > (await lastEvent())) {
      throw new DomainError('INVALID_INPUT', `since: nothing has the number ${since} yet`, { field: 'since' });
    }
    const { lane } = this;
    const onLive = (reader: FeedReader) => void this.live.add(reader);
    return new FeedReader(caller, { socket, since: since ?? feed.position }, { feed, lane, onLive });
  }

  leave(reader: FeedReader): void {
    this.live.delete(reader);
  }

  /** Nobody is there any more: the books need not be asked. */
  goHome(): void {
    this.listening?.then((leave) => leave()).catch(() => undefined);
    this.listening = undefined;
  }

  private async listen(): Promise<void> {
    this.listening ??= this.deps.feed.listen((events) => this.tell(events));
    try {
      await this.listening;
    } catch (error) {
      this.listening = undefined;
      throw error;
    }
  }

  private tell(events: readonly NumberedEvent[]): void {
    const broadcast = new Broadcast(events);
    for (const reader of this.live) reader.take(broadcast, this.deps.feed.position);
  }
}
