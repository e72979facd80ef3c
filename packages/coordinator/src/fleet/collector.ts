import {
  type Books,
  type FleetWorker,
  type LiveWorkers,
  packChunk,
  type SeenWorker,
  type SeriesPoint,
  type WorkerState,
} from '@plexus/core';
import type { Logger } from 'pino';
import type { AskWorker } from './stats-client.ts';
import { Watched } from './watched.ts';

/** Source: contract/cocoon.md, "Where worker numbers come from". */
const POLL_EVERY_MS = 15_000;
/** Polls at once: a fleet of 1,000 workers that are all silent is asked as often as one that answers. */
const MAX_POLLS = 400;
/** Points of a worker that are written together: 5 minutes. */
const POINTS_TOGETHER = 20;
/** They are written on the way after every so many, so that a crash costs no more of them. */
const POINTS_AT_RISK = 5;
/** All that are to be written within this time share a commit, which costs the disk as much as one of them does. */
const WRITE_EVERY_MS = 1000;
/** How often is looked for who is due. */
const LOOK_EVERY_MS = 250;
/** Workers that are watched. */
const MAX_WATCHED = 20_000;
const PAGE = 1000;

export interface CollectorDeps {
  readonly books: Books;
  readonly ask: AskWorker;
  readonly clock: () => Date;
  readonly logger: Logger;
  readonly pollEveryMs?: number;
}

/** Asks every active worker how it does, and keeps what it says. */
export class Collector implements LiveWorkers {
  private readonly watched = new Map<number, Watched>();
  private readonly deps: CollectorDeps;
  private readonly ending = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private readonly unwritten = new Set<Watched>();
  private readonly pollEveryMs: number;
  private timer: NodeJS.Timeout | undefined;
  private polls = 0;
  private wroteAtMs = 0;

  constructor(deps: CollectorDeps) {
    this.deps = deps;
    this.pollEveryMs = deps.pollEveryMs ?? POLL_EVERY_MS;
  }

  /** Takes up all active workers, spread over the time of one round. */
  async start(): Promise<void> {
    const { read } = this.deps.books;
    for (let offset = 0; offset < MAX_WATCHED; offset += PAGE) {
      const workers = await read.listWorkers({ isActive: true }, { limit: PAGE, offset });
      const [first] = workers;
      if (!first) break;
      const states = await read.listWorkerStates(first.id, workers.at(-1)?.id ?? first.id);
      const byId = new Map(states.map((state) => [state.workerId, state]));
      workers.forEach((worker, at) => {
        // None at once: a worker of this machine may have been started together with the coordinator.
        const waitMs = (this.pollEveryMs * ((at % PAGE) + 1)) / Math.min(PAGE, workers.length);
        this.watch(worker, byId.get(worker.id), waitMs);
      });
      if (workers.length < PAGE) break;
    }
    this.timer = setInterval(() => this.look(), Math.min(LOOK_EVERY_MS, this.pollEveryMs));
    this.timer.unref();
  }

  find(workerId: number): WorkerState | undefined {
    const found = this.watched.get(workerId);
    // Who was never asked has nothing to be told of.
    return found && (found.state.seenAt ?? found.recent.at(0)?.at) ? found.state : undefined;
  }

  points(workerId: number): readonly SeriesPoint[] {
    return this.watched.get(workerId)?.recent ?? [];
  }

  unkeptRevenue(): ReadonlyMap<number, bigint> {
    const unkept = new Map<number, bigint>();
    for (const { worker, state, keptRevenue } of this.watched.values()) {
      const before = unkept.get(worker.participantId) ?? 0n;
      unkept.set(worker.participantId, before + BigInt(state.revenue - keptRevenue));
    }
    return unkept;
  }

  keep(): Promise<void> {
    return this.write([...this.watched.values()]);
  }

  changed(workerId: number): void {
    this.run(this.reload(workerId));
  }

  /** Those that were asked at least once. */
  seen(): readonly SeenWorker[] {
    return [...this.watched.values()].filter(({ worker }) => this.find(worker.id) !== undefined);
  }

  /** What is not written yet is, and nobody is asked any more. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    this.ending.abort();
    await Promise.allSettled(this.running);
    await this.keep();
  }

  private watch(worker: FleetWorker, state: WorkerState | undefined, waitMs: number): void {
    const now = this.deps.clock();
    if (this.watched.size >= MAX_WATCHED) return;
    this.watched.set(worker.id, new Watched(worker, { state, now, dueAtMs: now.getTime() + waitMs }));
  }

  private async reload(workerId: number): Promise<void> {
    const { read } = this.deps.books;
    const [worker, state] = await Promise.all([read.findWorker(workerId), read.findWorkerState(workerId)]);
    // Until it is taken up nothing is awaited: another reload would take it up a second time.
    const known = this.watched.get(workerId);
    if (known && worker?.isActive) {
      known.worker = worker;
      known.dueAtMs = this.deps.clock().getTime();
    } else if (worker?.isActive) this.watch(worker, state, 0);
    else if (known) {
      this.watched.delete(workerId);
      await this.write([known]);
    }
    this.look();
  }

  private look(): void {
    if (this.ending.signal.aborted) return;
    const now = this.deps.clock().getTime();
    if (now - this.wroteAtMs >= Math.min(WRITE_EVERY_MS, this.pollEveryMs)) this.writeDue(now);
    const due: Watched[] = [];
    for (const one of this.watched.values()) if (one.dueAtMs <= now && !one.isBeingAsked) due.push(one);
    for (const one of due.toSorted((a, b) => a.dueAtMs - b.dueAtMs)) {
      if (this.polls >= MAX_POLLS) return;
      this.run(this.poll(one));
    }
  }

  private async poll(one: Watched): Promise<void> {
    const { ask, clock, logger } = this.deps;
    const { signal } = this.ending;
    this.polls += 1;
    one.isBeingAsked = true;
    try {
      const startedAtMs = clock().getTime();
      const result = await ask(one.worker, signal);
      if (signal.aborted) return;
      // A late round is not made up for.
      one.dueAtMs = Math.max(one.dueAtMs + this.pollEveryMs, startedAtMs + this.pollEveryMs / 2);
      const { id: workerId, name: worker, host, statsPort } = one.worker;
      for (const alert of one.take(result, clock())) {
        const about = { workerId, worker, alert, host, statsPort, ...('failure' in result && result) };
        logger.warn(about, 'a worker needs looking at');
      }
    } finally {
      one.isBeingAsked = false;
      this.polls -= 1;
    }
    if (one.recent.length % POINTS_AT_RISK === 0 || one.recent.length === 1) this.unwritten.add(one);
  }

  private writeDue(now: number): void {
    const due = [...this.unwritten];
    this.unwritten.clear();
    this.wroteAtMs = now;
    if (due.length > 0) this.run(this.write(due));
  }

  private async write(all: readonly Watched[]): Promise<void> {
    const chunks = all.flatMap((one) => one.chunk() ?? []);
    if (chunks.length === 0) return;
    const states = all.map(({ state }) => state);
    await this.deps.books.commit({ type: 'keepSeries', states, chunks: chunks.map(packChunk), removed: [] });
    all.forEach((one, at) => (one.keptRevenue = states[at]?.revenue ?? one.keptRevenue));
    for (const chunk of chunks) {
      if (chunk.points.length >= POINTS_TOGETHER) this.watched.get(chunk.workerId)?.written(chunk);
    }
  }

  /** Work that nobody waits for: what goes wrong in it is told, and the next round tries again. */
  private run(work: Promise<void>): void {
    const noted = work
      .catch((error: unknown) => this.deps.logger.error({ err: error }, 'a worker could not be looked after'))
      .finally(() => this.running.delete(noted));
    this.running.add(noted);
  }
}
