import {
  addLatencies,
  alertsOf,
  type FleetAlert,
  type FleetWorker,
  type GpuReading,
  type LatencyHistogram,
  NO_LATENCIES,
  type PollResult,
  type SeriesChunk,
  type SeriesPoint,
  takePoll,
  unseenWorker,
  type WorkerState,
} from '@plexus/core';

/** Points that are kept here at most while the books cannot be written: an hour of them. */
const MAX_POINTS = 240;

/** A worker that is being asked, with what is not in the books yet. */
export class Watched {
  worker: FleetWorker;
  state: WorkerState;
  gpus: readonly GpuReading[] = [];
  latencies: LatencyHistogram = NO_LATENCIES;
  /** Clock milliseconds at which it is asked next. */
  dueAtMs: number;
  isBeingAsked = false;
  /** NanoTON that the books know of. */
  keptRevenue: number;
  alerts: readonly FleetAlert[] = [];
  private busyAt: Date;
  private points: readonly SeriesPoint[] = [];

  constructor(
    worker: FleetWorker,
    { state, now, dueAtMs }: { state: WorkerState | undefined; now: Date; dueAtMs: number },
  ) {
    this.worker = worker;
    this.state = state ?? unseenWorker(worker.id, now);
    this.dueAtMs = dueAtMs;
    this.keptRevenue = this.state.revenue;
    this.busyAt = now;
  }

  get recent(): readonly SeriesPoint[] {
    return this.points;
  }

  /** @returns the alerts that are new */
  take(result: PollResult, at: Date): readonly FleetAlert[] {
    const before = this.state;
    const { state, point } = takePoll(before, result, at);
    this.state = state;
    this.gpus = 'reading' in result ? result.reading.gpus : [];
    this.points = [...this.points, point].slice(-MAX_POINTS);
    const gained = state.requests.total - before.requests.total;
    if (gained > 0) this.busyAt = at;
    if (gained > 0 && point.latencyMs !== undefined) {
      this.latencies = addLatencies(this.latencies, gained, point.latencyMs / 1000);
    }
    const alerts = alertsOf({ state, gpus: this.gpus, busyAt: this.busyAt }, at);
    const fresh = alerts.filter((alert) => !this.alerts.includes(alert));
    this.alerts = alerts;
    return fresh;
  }

  /** What is to be written; undefined where nothing is new. */
  chunk(): SeriesChunk | undefined {
    const [first] = this.points;
    return first && { workerId: this.worker.id, resolution: 'raw', startAt: first.at, points: this.points };
  }

  /** Forgets points that are in the books. */
  written({ points }: SeriesChunk): void {
    const last = points.at(-1)?.at;
    this.points = last ? this.points.filter(({ at }) => at > last) : this.points;
  }
}
