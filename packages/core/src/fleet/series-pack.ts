import type { SeriesPoint } from './series-chunk.ts';
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

type Packed = Readonly<Record<string, readonly (number | null)[]>>;

/**
 * Points as text, column by column, with times and counters as differences and a column of one value once: a fifth of
 * what the points as they are would take.
 */
export function packPoints(points: readonly SeriesPoint[]): string {
  const columns: Record<string, readonly (number | null)[]> = {
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
  const count = letters.length;
  const times = sums(columns['a'] ?? []);
  const polls = lengthened(columns['p'] ?? [1], count);
  const answers = lengthened(columns['n'] ?? [1], count);
  const figures = entriesOf().map(([name, { key, isCounter }]) => {
    const column = lengthened(columns[key] ?? [null], count);
    return [name, isCounter ? sums(column) : column] as const;
  });
  return Array.from({ length: count }, (_, at) => ({
    at: new Date(times[at] ?? 0),
    status: STATUSES[letters.charAt(at)] ?? 'down',
    polls: polls[at] ?? 1,
    answers: answers[at] ?? 1,
    revenue: 0,
    requests: 0,
    ...Object.fromEntries(figures.flatMap(([name, column]) => (isThere(column[at]) ? [[name, column[at]]] : []))),
  }));
}

function entriesOf(): readonly (readonly [Column, (typeof COLUMNS)[Column]])[] {
  return Object.entries(COLUMNS) as readonly (readonly [Column, (typeof COLUMNS)[Column]])[];
}

function isThere(figure: number | null | undefined): boolean {
  return figure !== null && figure !== undefined;
}

function rounded(figure: number | undefined, places: number): number | null {
  if (figure === undefined) return null;
  const scale = 10 ** places;
  return Math.round(figure * scale) / scale;
}

/** Each figure without the one before it; what is missing stays so. */
function differences(figures: readonly (number | null)[]): readonly (number | null)[] {
  let last = 0;
  return figures.map((figure) => {
    if (figure === null) return null;
    const gained = figure - last;
    last = figure;
    return gained;
  });
}

function sums(gained: readonly (number | null)[]): readonly (number | null)[] {
  let last = 0;
  return gained.map((figure) => (figure === null ? null : (last += figure)));
}

/** A column whose figures are all the same is written once. */
function shortened(figures: readonly (number | null)[]): readonly (number | null)[] {
  const [first = null] = figures;
  return figures.every((figure) => figure === first) ? [first] : figures;
}

function lengthened(figures: readonly (number | null)[], count: number): readonly (number | null)[] {
  const [first = null] = figures;
  return figures.length === 1 ? Array.from({ length: count }, () => first) : figures;
}

function ifNotAll(figures: readonly number[], usual: number): readonly number[] {
  return figures.every((figure) => figure === usual) ? [usual] : figures;
}
