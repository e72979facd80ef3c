import type { BooksReader } from '../books/books.ts';
import type { StopTimer, Timers } from '../jobs/live-job.ts';
import type { EventPage, NumberedEvent } from './feed-event.ts';

/** The books are asked for new events so often, as long as somebody listens. */
const LOOK_EVERY_MS = 20;
/** Commits that are read at once: of what is new, and of what is old. */
const NEW_COMMITS = 64;
const OLD_COMMITS = 16;

export interface EventFeedDeps {
  readonly reader: Pick<BooksReader, 'listEvents' | 'lastEvent'>;
  readonly timers: Timers;
  /** Told when the books could not be read; they are asked again. */
  readonly onError: (error: unknown) => void;
}

/** Told of events once they are committed, each once, in order; must not throw. */
export type FeedListener = (events: readonly NumberedEvent[]) => void;

/**
 * What was committed, in order, as it is read from the books: nobody is told of what might still be lost, and nothing is
 * kept in memory for readers that are behind. It is the same whichever replica has written.
 */
export interface EventFeed {
  /** Listeners were told of everything up to this number; 0 before there was one. */
  readonly position: number;
  /** @returns what ends it, once every event after `position` is sure to be told */
  listen(listener: FeedListener): Promise<() => void>;
  /** A part of what lies between a number and `position`; `through` is `position` when nothing more does. */
  read(after: number, accountId?: string): Promise<EventPage>;
}

export function createEventFeed(deps: EventFeedDeps): EventFeed {
  return new Feed(deps);
}

class Feed implements EventFeed {
  position = 0;
  private readonly listeners = new Set<FeedListener>();
  private readonly deps: EventFeedDeps;
  private starting: Promise<void> | undefined;
  private stopTimer: StopTimer | undefined;
  /** Grows with each time that nobody listens any more: what was begun before then ends. */
  private turn = 0;

  constructor(deps: EventFeedDeps) {
    this.deps = deps;
  }

  async listen(listener: FeedListener): Promise<() => void> {
    this.listeners.add(listener);
    try {
      await (this.starting ??= this.start(this.turn));
    } catch (error) {
      this.leave(listener);
      throw error;
    }
    return () => this.leave(listener);
  }

  async read(after: number, accountId?: string): Promise<EventPage> {
    const whose = accountId === undefined ? {} : { accountId };
    const page = await this.deps.reader.listEvents({ after, ...whose, limit: OLD_COMMITS });
    const { position } = this;
    if (page.through <= position) return page;
    return { events: page.events.filter(({ sequence }) => sequence <= position), through: Math.max(after, position) };
  }

  private leave(listener: FeedListener): void {
    this.listeners.delete(listener);
    if (this.listeners.size > 0) return;
    this.turn += 1;
    this.stopTimer?.();
    this.starting = undefined;
  }

  private async start(turn: number): Promise<void> {
    const last = await this.deps.reader.lastEvent();
    if (turn !== this.turn) return;
    this.position = last;
    await this.look(turn);
  }

  /** Tells what is new, and looks again later. */
  private async look(turn: number): Promise<void> {
    try {
      while (await this.tellNext(turn));
    } catch (error) {
      this.deps.onError(error);
    }
    if (turn === this.turn) this.stopTimer = this.deps.timers.after(LOOK_EVERY_MS, () => void this.look(turn));
  }

  /** @returns whether there was something, so that there may be more */
  private async tellNext(turn: number): Promise<boolean> {
    const { events, through } = await this.deps.reader.listEvents({ after: this.position, limit: NEW_COMMITS });
    if (turn !== this.turn || through === this.position) return false;
    this.position = through;
    for (const listener of this.listeners) listener(events);
    return true;
  }
}
