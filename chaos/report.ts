/** What came of a run, as a page. */
import { PUBLISHED } from './published.ts';
import type { Round } from './round.ts';
import type { FaultResult, SeriesResult } from './series.ts';

export interface Report {
  readonly when: string;
  readonly seed: number;
  readonly kills: number;
  readonly seconds: number;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly series: readonly SeriesResult[];
  /** Faults that could not be done, and why. */
  readonly skipped: readonly { readonly fault: string; readonly why: string }[];
}

const COLUMNS = [
  'fault',
  'times',
  'violations',
  'calls hit',
  'told that it failed',
  'first served again, s: median',
  'p95',
  'max',
  'last hit caller served, s: median',
  'p95',
  'max',
];

export function markdownOf(report: Report): string {
  const { series, skipped, seed, kills, when, seconds } = report;
  const [first] = series;
  const calls = series.reduce((sum, one) => sum + one.calls, 0);
  const results = series.flatMap((one) => one.results);
  return [
    '# Faults and recovery',
    '',
    ...machineLines(report),
    `- ${first?.books || 'no books'}; language model: ${first?.engine ?? 'none'}`,
    `- Seed ${seed}, ${kills} kills of each part, ${Math.round(seconds)} s, ${calls} calls answered, ${when}`,
    `- Load average ${loadsOf(results)}, with everything else that ran on the machine`,
    '',
    ...table(COLUMNS, results.map(cells)),
    ...skipped.map(({ fault, why }) => `\n**Not done**: ${fault}: ${why}`),
    '',
    ...results.map(({ fault, what }) => `- **${fault}**: ${what}`),
    '',
    'What others say of themselves, in seconds until a lost node is noticed:',
    '',
    ...table(
      ['system', 'seconds', 'source'],
      PUBLISHED.map(({ system, seconds: time, source }) => [system, String(time), source]),
    ),
    '',
    ...violationLines(report),
  ].join('\n');
}

function machineLines({ machine }: Report): readonly string[] {
  const { cpu, cores, memoryGib, kernel, node, fileSystem, fsyncMs } = machine;
  const disk = `home on ${fileSystem}, ${Number(fsyncMs).toFixed(2)} ms a sync`;
  return [`- ${cpu}, ${cores} cores, ${memoryGib} GiB, Linux ${kernel}, Node.js ${node}; ${disk}`];
}

/** Least, median and most. */
function loadsOf(results: readonly FaultResult[]): string {
  const loads = results.flatMap(({ rounds }) => rounds.map(({ loadAverage }) => loadAverage));
  const sorted = loads.toSorted((left, right) => left - right);
  const middle = sorted[Math.floor(sorted.length / 2)];
  return [sorted[0], middle, sorted.at(-1)].map((load) => load?.toFixed(1) ?? 'unknown').join(' / ');
}

function cells({ fault, rounds, violations }: FaultResult): readonly string[] {
  const sum = (of: (round: Round) => number) => String(rounds.reduce((total, round) => total + of(round), 0));
  const firsts = rounds.flatMap(({ firstMs }) => firstMs ?? []);
  const lasts = rounds.flatMap(({ lastMs }) => lastMs ?? []);
  const counts = [String(rounds.length), String(violations.length), sum(({ hit }) => hit), sum(({ failed }) => failed)];
  return [fault, ...counts, ...spread(firsts), ...spread(lasts)];
}

/** Median, 95th percentile (nearest rank) and maximum, in seconds. */
export function spread(times: readonly number[]): readonly [string, string, string] {
  const sorted = times.toSorted((left, right) => left - right);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  const words = (ms: number | undefined) => (ms === undefined ? '' : (ms / 1000).toFixed(2));
  return [words(at(0.5)), words(at(0.95)), words(sorted.at(-1))];
}

function violationLines({ series, seed }: Report): readonly string[] {
  const broken = series.flatMap(({ results, evidence }) => results.map((result) => ({ ...result, evidence })));
  const told = broken.filter(({ violations }) => violations.length > 0);
  if (told.length === 0) return ['Every invariant held.', ''];
  return told.flatMap(({ fault, violations, evidence }) => [
    `## Violations (${fault}, seed ${seed})`,
    '',
    ...violations.map((what) => `- ${what}`),
    `- evidence: ${evidence ?? 'none was kept'}`,
    '',
  ]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
}
