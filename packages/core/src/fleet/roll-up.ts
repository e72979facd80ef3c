import type { Resolution, SeriesChunk, SeriesPoint } from './series-chunk.ts';
import type { WorkerStatus } from './worker-state.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How one resolution follows on another. */
export interface RollUp {
  readonly from: Resolution;
  readonly to: Resolution;
  /** How old what is rolled up is at least. */
  readonly afterMs: number;
  /** How far points stand apart afterwards. */
  readonly stepMs: number;
  /** The time that one chunk covers afterwards. */
  readonly spanMs: number;
}

/** Samples are kept as they came for a day and the hour that a question for a day may reach back, 5 minutes for 30 days, hours for good. Source: issue 8, "Collector". */
export const ROLL_UPS: readonly RollUp[] = [
  { from: 'raw', to: '5min', afterMs: DAY_MS + HOUR_MS, stepMs: 5 * MINUTE_MS, spanMs: HOUR_MS },
  { from: '5min', to: '1h', afterMs: 30 * DAY_MS, stepMs: HOUR_MS, spanMs: DAY_MS },
];

const WORST_FIRST: readonly WorkerStatus[] = ['down', 'degraded', 'warning', 'healthy'];

/** Points of one worker in order, as chunks of a coarser resolution. */
export function rollUp(
  workerId: number,
  points: readonly SeriesPoint[],
  { to, stepMs, spanMs }: RollUp,
): readonly SeriesChunk[] {
  const steps = [...groupBy(points, stepMs)].map(([start, group]) => joinPoints(new Date(start), group));
  return [...groupBy(steps, spanMs)].map(([start, group]) => ({
    workerId,
    resolution: to,
    startAt: new Date(start),
    points: group,
  }));
}

function groupBy(points: readonly SeriesPoint[], stepMs: number): Map<number, SeriesPoint[]> {
  const groups = new Map<number, SeriesPoint[]>();
  for (const point of points) {
    const start = Math.floor(point.at.getTime() / stepMs) * stepMs;
    const group = groups.get(start);
    if (group) group.push(point);
    else groups.set(start, [point]);
  }
  return groups;
}

/** Several points as one: counters as they stood at the end, means by how often the worker answered. */
function joinPoints(at: Date, points: readonly SeriesPoint[]): SeriesPoint {
  const last = points.at(-1);
  const figures = {
    gpuUtilization: meanOf(points, ({ gpuUtilization }) => gpuUtilization),
    gpuTemperature: mostOf(points.flatMap(({ gpuTemperature }) => gpuTemperature ?? [])),
    latencyMs: meanOf(points, ({ latencyMs }) => latencyMs),
    revenueSaid: points.findLast(({ revenueSaid }) => revenueSaid !== undefined)?.revenueSaid,
    requestsSaid: points.findLast(({ requestsSaid }) => requestsSaid !== undefined)?.requestsSaid,
  };
  return {
    at,
    status: WORST_FIRST.find((status) => points.some((point) => point.status === status)) ?? 'down',
    polls: sumOf(points.map(({ polls }) => polls)),
    answers: sumOf(points.map(({ answers }) => answers)),
    revenue: last?.revenue ?? 0,
    requests: last?.requests ?? 0,
    ...Object.fromEntries(Object.entries(figures).filter(([, figure]) => figure !== undefined)),
  };
}

/** The mean over points that have the figure, each counted as often as the worker answered in it. */
export function meanOf(
  points: readonly SeriesPoint[],
  figureOf: (point: SeriesPoint) => number | undefined,
): number | undefined {
  let sum = 0;
  let weight = 0;
  for (const point of points) {
    const figure = figureOf(point);
    if (figure === undefined) continue;
    const times = Math.max(1, point.answers);
    sum += figure * times;
    weight += times;
  }
  return weight === 0 ? undefined : sum / weight;
}

function mostOf(figures: readonly number[]): number | undefined {
  return figures.length === 0 ? undefined : Math.max(...figures);
}

function sumOf(figures: readonly number[]): number {
  return figures.reduce((sum, figure) => sum + figure, 0);
}
