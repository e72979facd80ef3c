import type { PackedChunk, SeriesChunk, SeriesPoint } from './series-chunk.ts';
import type { WorkerStatus } from './worker-state.ts';

const LETTERS: Readonly<Record<WorkerStatus, string>> = { healthy: 'h', warning: 'w', degraded: 'd', down: 'x' };
const STATUSES: Readonly<Record<string, WorkerStatus>> = Object.fromEntries(
  Object.entries(LETTERS).map(([status, letter]) => [letter, status as WorkerStatus]),
);

type Column =
  | 'gpuUtilization'
  | 'gpuTemperature'
  | 'latencyMs'
  | 'revenueSaid'
  | 'requestsSaid'
  | 'revenue'
  | 'requests';

/** How many places a figure keeps; counters are written as what they gained. */
const COLUMNS: Readonly<
  Record<Column, { readonly key: string; readonly places: number; readonly isCounter: boolean }>
> = {
  gpuUtilization: { key: 'u', places: 2, isCounter: false },
  gpuTemperature: { key: 't', places: 1, isCounter: false },
  latencyMs: { key: 'l', places: 3, isCounter: false },
  revenueSaid: { key: 'R', places: 0, isCounter: true },
  requestsSaid: { key: 'Q', places: 0, isCounter: true },
  revenue: { key: 'r', places: 0, isCounter: true },
  requests: { key: 'q', places: 0, isCounter: true },
};

type Figures = readonly (number | null)[];
type Packed = Readonly<Record<string, Figures>>;
type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A chunk in the form in which it is written. */
export function packChunk(chunk: SeriesChunk): PackedChunk {
  return { ...chunk, points: packPoints(chunk.points) };
}

/**
 * Points as text, column by column, with times and counters as differences and a column of one value once: a fifth of
 * what the points as they are would take.
 */
export function packPoints(points: readonly SeriesPoint[]): string {
  const columns: Record<string, Figures> = {
    a: differences(points.map(({ at }) => at.getTime())),
    p: ifNotAll(
      points.map(({ polls }) => polls),
      1,
    ),
    n: ifNotAll(
      points.map(({ answers }) => answers),
      1,
    ),
  };
  for (const [name, { key, places, isCounter }] of entriesOf()) {
    const figures = points.map((point) => rounded(point[name], places));
    if (figures.every((figure) => figure === null)) continue;
    columns[key] = shortened(isCounter ? differences(figures) : figures);
  }
  return JSON.stringify({ s: points.map(({ status }) => LETTERS[status]).join(''), ...columns });
}

/** The points that were packed. */
export function unpackPoints(text: string): readonly SeriesPoint[] {
  const { s: letters, ...rest } = JSON.parse(text) as { readonly s: string };
  const columns = rest as Packed;
  const times = sums(columns['a'] ?? []);
  const points: Writable<SeriesPoint>[] = Array.from({ length: letters.length }, (_, at) => ({
    at: new Date(times[at] ?? 0),
    status: STATUSES[letters.charAt(at)] ?? 'down',
    polls: figureAt(columns['p'] ?? [1], at) ?? 1,
    answers: figureAt(columns['n'] ?? [1], at) ?? 1,
    revenue: 0,
    requests: 0,
  }));
  for (const [name, { key, isCounter }] of entriesOf()) fill(points, name, { column: columns[key] ?? [], isCounter });
  return points;
}

/** Point by point in place: a year of a fleet is read through here. */
function fill(
  points: readonly Writable<SeriesPoint>[],
  name: Column,
  { column, isCounter }: { readonly column: Figures; readonly isCounter: boolean },
): void {
  let last = 0;
  points.forEach((point, at) => {
    const figure = figureAt(column, at);
    if (figure === null || figure === undefined) return;
    last = isCounter ? last + figure : figure;
    point[name] = last;
  });
}

/** A column of one figure stands for that figure everywhere. */
function figureAt(column: Figures, at: number): number | null | undefined {
  return column.length === 1 ? column[0] : column[at];
}

function entriesOf(): readonly (readonly [Column, (typeof COLUMNS)[Column]])[] {
  return Object.entries(COLUMNS) as readonly (readonly [Column, (typeof COLUMNS)[Column]])[];
}

function rounded(figure: number | undefined, places: number): number | null {
  if (figure === undefined) return null;
  const scale = 10 ** places;
  return Math.round(figure * scale) / scale;
}

/** Each figure without the one before it; what is missing stays so. */
function differences(figures: Figures): Figures {
  let last = 0;
  return figures.map((figure) => {
    if (figure === null) return null;
    const gained = figure - last;
    last = figure;
    return gained;
  });
}

function sums(gained: Figures): Figures {
  let last = 0;
  return gained.map((figure) => (figure === null ? null : (last += figure)));
}

/** A column whose figures are all the same is written once. */
function shortened(figures: Figures): Figures {
  const [first = null] = figures;
  return figures.every((figure) => figure === first) ? [first] : figures;
}

function ifNotAll(figures: readonly number[], usual: number): readonly number[] {
  return figures.every((figure) => figure === usual) ? [usual] : figures;
}
