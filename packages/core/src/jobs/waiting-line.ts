import { DomainError } from '../errors.ts';
import type { Job } from './job.ts';
import type { LiveJob } from './live-job.ts';
import { kindOf, WaitingKind } from './waiting-kind.ts';

/** Jobs of one service that may wait for a place. */
const MAX_WAITING = 10_000;
/** Kinds that are looked at in one turn of the event loop; the others have theirs in the next ones. */
const MAX_LOOKED_AT = 100;
/** Told to a client whose job found no room to wait, at least. */
const MIN_RETRY_SECONDS = 5;
const MAX_RETRY_SECONDS = 600;

/** Those that wait for one service. */
interface Line {
  /** What fits one job of a kind fits all of it, so that a job that nobody can take holds up its own kind only. */
  readonly kinds: Map<string, WaitingKind>;
  /** Kinds that no connected node can take, busy or not: they are looked at again when nodes have changed. */
  readonly unfit: Map<string, WaitingKind>;
  /** Kinds that were not looked at since a place became free. */
  unseen: number;
  size: number;
  /** Jobs that ever joined, and that left again. */
  joined: number;
  left: number;
}

/** Where a job waits. */
interface Place {
  readonly kind: WaitingKind;
  /** Whether it counts for its line. */
  readonly isCounted: boolean;
  /** How many had joined its line by then. */
  readonly number: number;
}

/** How those that wait are served. */
export interface Serving {
  /** Whether any node has a place. */
  readonly hasRoom: () => boolean;
  /** Places a job and takes it off the line, or says that nothing fits it now. */
  readonly take: (live: LiveJob) => boolean;
  /** Whether any connected node could take a job when it has a place. */
  readonly isPossible: (live: LiveJob) => boolean;
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

  /** All that wait, for a place or for an offer. */
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

  /** @param isPossible whether any connected node could take it when it has a place, as far as is known */
  join(live: LiveJob, isPossible = true): void {
    if (this.places.has(live)) return;
    const line = this.lineOf(live.job.service);
    const name = kindOf(live);
    const kind = line.kinds.get(name) ?? line.unfit.get(name) ?? new WaitingKind(name);
    putIn(line, kind, isPossible);
    kind.add(live);
    const isCounted = standsInLine(live.job);
    line.size += Number(isCounted);
    line.joined += Number(isCounted);
    this.places.set(live, { kind, isCounted, number: line.joined });
  }

  leave(live: LiveJob): void {
    const place = this.places.get(live);
    if (!place) return;
    const { kind, isCounted } = place;
    this.places.delete(live);
    const line = this.lineOf(live.job.service);
    line.size -= Number(isCounted);
    line.left += Number(isCounted);
    kind.delete(live);
    if (kind.isEmpty) for (const kinds of [line.kinds, line.unfit]) kinds.delete(kind.name);
    // A service is whatever a node calls one, so that their number has no end.
    if (line.kinds.size + line.unfit.size === 0) this.lines.delete(live.job.service);
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

  /** Nodes have changed: what none of them could do, one may do now. */
  reopen(service: string): void {
    const line = this.lines.get(service);
    if (!line) return;
    for (const kind of line.unfit.values()) putIn(line, kind, true);
  }

  /**
   * Offers a place to who waits for a service, the one whose turn it is first, for as long as there is room. Of more
   * kinds than are looked at in one turn of the event loop the others are for `goOn`.
   *
   * @returns whether there are such, and still room
   */
  serve(service: string, serving: Serving): boolean {
    const line = this.lines.get(service);
    if (line) line.unseen = line.kinds.size;
    return this.goOn(service, serving);
  }

  /** Looks at those that `serve` left. @returns whether there are more, and still room */
  goOn(service: string, { hasRoom, take, isPossible }: Serving): boolean {
    const line = this.lines.get(service);
    if (!line) return false;
    const open = [...first(line.kinds.values(), MAX_LOOKED_AT)];
    line.unseen = open.length < MAX_LOOKED_AT ? 0 : line.unseen - open.length;
    while (open.length > 0 && hasRoom()) {
      const kind = open.reduce((best, other) => (other.turn < best.turn ? other : best));
      const { head } = kind;
      if (head && take(head)) continue;
      open.splice(open.indexOf(kind), 1);
      if (head) passOver(line, kind, isPossible(head));
    }
    return line.unseen > 0 && hasRoom();
  }

  private lineOf(service: string): Line {
    const line = this.lines.get(service) ?? {
      kinds: new Map(),
      unfit: new Map(),
      unseen: 0,
      size: 0,
      joined: 0,
      left: 0,
    };
    this.lines.set(service, line);
    return line;
  }
}

/** Whether a job waits for a place; else nobody gets it until an offer is accepted, and it is in nobody's way. */
export function standsInLine({ demands }: Job): boolean {
  return demands?.only?.length !== 0;
}

/** Puts a kind among those that are looked at, where it stays; or among the others, if it is not there. */
function putIn({ kinds, unfit }: Line, kind: WaitingKind, isPossible: boolean): void {
  if (isPossible) {
    unfit.delete(kind.name);
    kinds.set(kind.name, kind);
  } else if (!kinds.has(kind.name)) unfit.set(kind.name, kind);
}

/** Nothing fits a kind now: the others have their turn before it. */
function passOver({ kinds, unfit }: Line, kind: WaitingKind, isPossible: boolean): void {
  kinds.delete(kind.name);
  (isPossible ? kinds : unfit).set(kind.name, kind);
}

/** @yields the first so many of them */
function* first<T>(items: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const item of items) {
    if (left-- <= 0) return;
    yield item;
  }
}
