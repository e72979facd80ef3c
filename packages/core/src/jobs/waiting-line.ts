import { DomainError } from '../errors.ts';
import type { LiveJob } from './live-job.ts';
import { kindOf, WaitingKind } from './waiting-kind.ts';

/** Jobs of one service that may wait for a place. */
const MAX_WAITING = 10_000;
/** Kinds that are looked at when a place becomes free; the others have their turn at the next one. */
const MAX_LOOKED_AT = 100;
/** Told to a client whose job found no room to wait, at least. */
const MIN_RETRY_SECONDS = 5;
const MAX_RETRY_SECONDS = 600;

/** Those that wait for one service. */
interface Line {
  /** What fits one job of a kind fits all of it, so that a job that nobody can take holds up its own kind only. */
  readonly kinds: Map<string, WaitingKind>;
  size: number;
  /** Jobs that ever joined, and that left again. */
  joined: number;
  left: number;
}

/** Where a job waits. */
interface Place {
  readonly kind: WaitingKind;
  /** How many had joined its line by then. */
  readonly number: number;
}

/** Jobs that wait for a place at a node: first come first served, save for the head start of their priority. */
export class WaitingLine {
  private readonly lines = new Map<string, Line>();
  private readonly places = new Map<LiveJob, Place>();
  private readonly maxWaiting: number;

  /** @param options how many jobs of one service may wait */
  constructor({ maxWaiting = MAX_WAITING }: { readonly maxWaiting?: number } = {}) {
    this.maxWaiting = maxWaiting;
  }

  /** All that wait, whatever for. */
  get size(): number {
    return this.places.size;
  }

  /** How many wait for each service that somebody waits for. */
  counts(): readonly { readonly service: string; readonly waiting: number }[] {
    return [...this.lines].map(([service, { size }]) => ({ service, waiting: size }));
  }

  /**
   * Asked before a new job is accepted; one that is accepted is never turned away.
   *
   * @param secondsEach how long a waiting job of the service takes to be gone, as far as is known
   * @throws {DomainError} QUEUE_FULL
   */
  requireRoom(service: string, secondsEach: number): void {
    if (!this.isFull(service)) return;
    const waiting = this.countWaiting(service);
    const estimate = Math.ceil(waiting * secondsEach);
    const retryAfterSeconds = Math.min(MAX_RETRY_SECONDS, Math.max(MIN_RETRY_SECONDS, estimate));
    const message = `The queue for "${service}" is full (${waiting} tasks before yours); try again in ${retryAfterSeconds} s`;
    throw new DomainError('QUEUE_FULL', message, { service, waiting, retryAfterSeconds });
  }

  join(live: LiveJob): void {
    if (this.places.has(live)) return;
    const line = this.lineOf(live.job.service);
    const name = kindOf(live);
    const kind = line.kinds.get(name) ?? new WaitingKind(name);
    line.kinds.set(name, kind);
    kind.add(live);
    line.size += 1;
    line.joined += 1;
    this.places.set(live, { kind, number: line.joined });
  }

  leave(live: LiveJob): void {
    const place = this.places.get(live);
    if (!place) return;
    const { kind } = place;
    this.places.delete(live);
    const line = this.lineOf(live.job.service);
    line.size -= 1;
    line.left += 1;
    kind.delete(live);
    if (kind.isEmpty) line.kinds.delete(kind.name);
    // A service is whatever a node calls one, so that their number has no end.
    if (line.size === 0) this.lines.delete(live.job.service);
  }

  /** Whether no more jobs of a service may begin to wait. */
  isFull(service: string): boolean {
    return this.countWaiting(service) >= this.maxWaiting;
  }

  isWaiting(live: LiveJob): boolean {
    return this.places.has(live);
  }

  countWaiting(service: string): number {
    return this.lines.get(service)?.size ?? 0;
  }

  /** Jobs of its service that are served before it, as if nobody overtook anybody. */
  countBefore(live: LiveJob): number {
    const place = this.places.get(live);
    const line = this.lines.get(live.job.service);
    if (!place || !line) return 0;
    return Math.min(Math.max(0, place.number - line.left - 1), line.size - 1);
  }

  /**
   * Offers a place to who waits for a service, the one whose turn it is first, for as long as there is room.
   *
   * @param take places a job and takes it off the line, or says that nothing fits it now
   */
  serve(service: string, hasRoom: () => boolean, take: (live: LiveJob) => boolean): void {
    const line = this.lines.get(service);
    if (!line) return;
    const open = [...first(line.kinds.values(), MAX_LOOKED_AT)];
    while (open.length > 0 && hasRoom()) {
      const kind = open.reduce((best, other) => (other.turn < best.turn ? other : best));
      const { head } = kind;
      if (head && take(head)) continue;
      open.splice(open.indexOf(kind), 1);
      this.putLast(line, kind);
    }
  }

  /** So that more kinds than are looked at once all have their turn. */
  private putLast({ kinds }: Line, kind: WaitingKind): void {
    if (kinds.size <= MAX_LOOKED_AT || !kinds.delete(kind.name)) return;
    kinds.set(kind.name, kind);
  }

  private lineOf(service: string): Line {
    const line = this.lines.get(service) ?? { kinds: new Map(), size: 0, joined: 0, left: 0 };
    this.lines.set(service, line);
    return line;
  }
}

/** @yields the first so many of them */
function* first<T>(items: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const item of items) {
    if (left-- <= 0) return;
    yield item;
  }
}
