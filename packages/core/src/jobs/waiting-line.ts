import { DomainError } from '../errors.ts';
import type { Priority } from './job.ts';
import type { LiveJob } from './live-job.ts';

/** Jobs of one service that may wait for a place. */
const MAX_WAITING = 10_000;
/** Told to a client whose job found no room to wait, at least. */
const MIN_RETRY_SECONDS = 5;
const MAX_RETRY_SECONDS = 600;
/** How long a job of higher rank may overtake those that came before it: so nobody is overtaken for ever. */
const HEAD_START_MS: Readonly<Record<Priority, number>> = { high: 60_000, normal: 0, low: -60_000 };
const PRIORITIES = Object.keys(HEAD_START_MS) as readonly Priority[];

interface Line {
  /** In order of arrival, each by its priority. */
  readonly ranks: Readonly<Record<Priority, Set<LiveJob>>>;
}

/** Jobs that wait for a place at a node: first come first served, save for the head start of their priority. */
export class WaitingLine {
  private readonly lines = new Map<string, Line>();

  /**
   * Asked before a new job is accepted; one that is accepted is never turned away.
   *
   * @param secondsEach how long a waiting job of the service takes to be gone, as far as is known
   * @throws {DomainError} QUEUE_FULL
   */
  requireRoom(service: string, secondsEach: number): void {
    const waiting = this.countWaiting(service);
    if (waiting < MAX_WAITING) return;
    const estimate = Math.ceil(waiting * secondsEach);
    const retryAfterSeconds = Math.min(MAX_RETRY_SECONDS, Math.max(MIN_RETRY_SECONDS, estimate));
    const message = `The queue for "${service}" is full (${waiting} tasks before yours); try again in ${retryAfterSeconds} s`;
    throw new DomainError('QUEUE_FULL', message, { service, waiting, retryAfterSeconds });
  }

  join(live: LiveJob): void {
    const { service } = live.job;
    const line = this.lines.get(service) ?? { ranks: { high: new Set(), normal: new Set(), low: new Set() } };
    this.lines.set(service, line);
    line.ranks[priorityOf(live)].add(live);
  }

  leave(live: LiveJob): void {
    this.rankOf(live)?.delete(live);
  }

  isWaiting(live: LiveJob): boolean {
    return this.rankOf(live)?.has(live) === true;
  }

  /** @yields whoever waits for a service, the one whose turn it is first */
  *waitingFor(service: string): Iterable<LiveJob> {
    const { ranks } = this.lines.get(service) ?? {};
    if (!ranks) return;
    const heads = PRIORITIES.map((priority) => new Head(ranks[priority]));
    for (;;) {
      const next = earliest(heads);
      if (!next?.live) return;
      yield next.live;
      next.advance();
    }
  }

  /** All that wait, whatever for. */
  get size(): number {
    let size = 0;
    for (const service of this.lines.keys()) size += this.countWaiting(service);
    return size;
  }

  countWaiting(service: string): number {
    const { ranks } = this.lines.get(service) ?? {};
    return ranks ? PRIORITIES.reduce((sum, priority) => sum + ranks[priority].size, 0) : 0;
  }

  private rankOf(live: LiveJob): Set<LiveJob> | undefined {
    return this.lines.get(live.job.service)?.ranks[priorityOf(live)];
  }
}

/** The next of one priority. */
class Head {
  live: LiveJob | undefined;
  private readonly rest: Iterator<LiveJob>;

  constructor(waiting: ReadonlySet<LiveJob>) {
    this.rest = waiting.values();
    this.advance();
  }

  /** Its place in time: arrival less the head start. */
  get turn(): number {
    return this.live ? this.live.job.createdAt.getTime() - HEAD_START_MS[priorityOf(this.live)] : Infinity;
  }

  advance(): void {
    const { done, value } = this.rest.next();
    this.live = done ? undefined : value;
  }
}

function earliest(heads: readonly Head[]): Head | undefined {
  return heads.reduce<Head | undefined>(
    (best, head) => (head.turn < (best?.turn ?? Infinity) ? head : best),
    undefined,
  );
}

function priorityOf({ job }: LiveJob): Priority {
  return job.demands?.priority ?? 'normal';
}
