import { describe, expect, it } from 'vitest';
import { isMet, ratiosOf } from '../../bench/accounts/report.mjs';
import { embed } from '../../bench/page.mjs';
import { markdownOf } from '../../bench/peers/report.mjs';
import { rowsOf, timesOf, verdictsOf } from '../../bench/peers/rows.mjs';
import { verdictsOf as scaleVerdictsOf } from '../../bench/scale/report.mjs';

const NO_CPU = { main: 0, storage: 0, other: 0 };

function cell(target: string, clients: number, tasksPerSecond: number, p99 = 2) {
  const parts = { server: NO_CPU, database: NO_CPU, node: { ...NO_CPU, main: 40 }, load: { ...NO_CPU, main: 2 } };
  const latency = { p50: 1, p99, max: 3 };
  const rest = { answered: 10, microseconds: parts, cores: parts, othersCores: 0.5, rssMib: { server: 0, node: 1 } };
  return { target, clients, tasksPerSecond, ...latency, ...rest };
}

/** Three rounds, in which the machine is fast, slow and as usual. */
const CELLS = [1, 0.5, 0.8].flatMap((speed) => [
  cell('floor', 64, 10_000 * speed),
  cell('sqlite', 64, 4500 * speed),
  cell('postgres', 64, 2900 * speed),
  cell('bullmq', 64, 4000 * speed),
  cell('bullmq-documented', 64, 1000 * speed),
]);

describe('the benchmark beside peers', () => {
  it('compares round with round, so that the speed of the machine takes no part', () => {
    const rows = rowsOf(CELLS, [64]);
    expect(rows.map(({ name, ofFloor }) => [name, Number(ofFloor?.toFixed(6))])).toEqual([
      ['floor', 1],
      ['sqlite', 0.45],
      ['postgres', 0.29],
      ['bullmq', 0.4],
      ['bullmq-documented', 0.1],
    ]);
    const [, sqlite, , , bullmq] = rows;
    expect(sqlite?.cell.tasksPerSecond).toBe(3600);
    expect(timesOf(sqlite, bullmq)).toBeCloseTo(4.5);
  });

  it('asks of each engine what is asked of it, and nothing of what was not measured', () => {
    const metOf = (engine: string) => verdictsOf(rowsOf(CELLS, [64]), engine).map((verdict) => verdict.isMet);
    expect(metOf('libsql')).toEqual([true, false, false]);
    expect(metOf('node:sqlite')).toEqual([false, false, false]);
    expect(verdictsOf(rowsOf(CELLS, [1]), 'libsql')).toEqual([]);
  });

  it('writes a row for each, with what it does not do', () => {
    const rows = rowsOf(CELLS, [64]);
    const machine = { cpu: 'CPU', cores: 2, memoryGib: 4, kernel: '6', node: 'v20', fileSystem: 'ext4', fsyncMs: 0.1 };
    const plan = { counts: [64], rounds: 3, warmMs: 1, measureMs: 1, accounts: 8 };
    const versions = { bullmq: '6.7.0' };
    const books = [{ name: 'sqlite' as const, answered: 30, receipts: 29, wrong: ['receipts: 29, not 30'] }];
    const result = { when: '2026-11-25', machine, engine: 'libsql', versions, plan, rows, verdicts: [], books };
    const markdown = markdownOf(result);
    expect(markdown).toContain('| Plexus, SQLite | 3600 (0.450) |');
    expect(markdown).toContain('| Plexus, SQLite | 1.00 / 2.00 |');
    expect(markdown).toContain('| BullMQ | 42 |  |  | 40 | 2 |');
    expect(markdown).toMatch(/\| BullMQ \(6\.7\.0\) \| library \|.* no ledger/);
    expect(markdown).toContain('**figures are worse for it**');
    expect(markdown).toContain('**wrong**: receipts: 29, not 30');
  });
});

describe('the benchmark of one account', () => {
  const pair = (one: number, many: number) => ({
    one: cell('plexus', 256, 1, one),
    many: cell('plexus', 256, 1, many),
  });

  it('takes the median of the pairs, not the pair of the medians', () => {
    const pairs = [pair(100, 50), pair(110, 100), pair(12, 10)];
    expect(ratiosOf(pairs).p99).toBeCloseTo(1.2);
    expect(isMet(pairs)).toBe(true);
    expect(isMet([pair(100, 50), pair(121, 100), pair(12, 10)])).toBe(false);
  });
});

describe('the benchmark at scale', () => {
  it('misses what costs more than one and a half times as much', () => {
    const costs = (most: number) =>
      [10, 100, 10_000].map((nodes, at) => ({ nodes, microseconds: [9, 4, most][at] ?? 0 }));
    const times = (p50: number) => ({ p50, p99: 9, max: 9 });
    const pages = [
      { page: 'flat', small: times(2), large: times(2.9) },
      { page: 'steep', small: times(2), large: times(3.1) },
    ];
    const [small, large] = [10_000, 1_000_000].map((rows) => ({ rows, megabytes: 1 }));
    if (!small || !large) throw new Error('There are two databases');
    const scheduling = [
      { scenario: 'any', costs: costs(6) },
      { scenario: 'busy', costs: costs(6.1) },
    ];
    const verdicts = scaleVerdictsOf({ when: '', machine: {}, scheduling, lists: { small, large, pages } });
    expect(verdicts.map((verdict) => verdict.isMet)).toEqual([true, false, true, false]);
  });
});

describe('the page of results', () => {
  const PAGE =
    'A\n<!-- results: one -->\nold\n<!-- end of results -->\nB\n<!-- results: two -->\n<!-- end of results -->\n';

  it('replaces one result and leaves the rest', () => {
    const page = embed(PAGE, 'one', '# Title\n\nnew\n\n## Part\n');
    expect(page).toContain('A\n<!-- results: one -->\n\nnew\n\n### Part\n\n<!-- end of results -->\nB\n');
    expect(embed(page, 'one', 'newer')).not.toContain('new\n');
    expect(() => embed(PAGE, 'three', '')).toThrow('results: three');
  });
});
