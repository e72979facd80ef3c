/** What the fault suite is told, what it repeats, and how its figures come about. */
import { expect, it } from 'vitest';
import { readOptions, timesOf } from '../../chaos/options.ts';
import { Random } from '../../chaos/random.ts';
import { markdownOf, spread } from '../../chaos/report.ts';

it('takes faults by name, and says which there are', () => {
  const names = (...args: string[]) => readOptions(args, '')?.faults.map(({ name }) => name);
  expect(names('--only', 'clock', '--only', 'kill-node,stop-node')).toEqual(['kill-node', 'stop-node', 'clock']);
  expect(names()?.length).toBe(15);
  expect(() => names('--only', 'rain')).toThrow(/no fault "rain"; there are kill-node/);
  expect(() => readOptions(['--kills', 'x'], '')).toThrow('--kills');
  expect(() => readOptions(['--database', 'mysql://x'], '')).toThrow('--database');
  expect(readOptions(['--help'], '')).toBeUndefined();
});

it('kills as often as it is told, and does what takes long a tenth as often', () => {
  const faults = readOptions(['--only', 'kill-node,stop-node'], '')?.faults ?? [];
  expect(faults.map(timesOf(100))).toEqual([100, 10]);
  expect(faults.map(timesOf(3))).toEqual([3, 1]);
});

it('repeats itself under the same seed, part by part', () => {
  const draw = (seed: number, name: string) => new Random(seed).fork(name).next();
  expect(draw(7, 'kill-node')).toEqual(draw(7, 'kill-node'));
  expect(draw(7, 'kill-node')).not.toEqual(draw(7, 'stop-node'));
  expect(draw(7, 'kill-node')).not.toEqual(draw(8, 'kill-node'));
  const random = new Random(1);
  const many = Array.from({ length: 10_000 }, () => random.below(10));
  const counts = Array.from({ length: 10 }, (_, digit) => many.filter((one) => one === digit).length);
  expect(Math.min(...counts)).toBeGreaterThan(850);
});

it('tells the middle, the 95th of a hundred and the worst, in seconds', () => {
  expect(spread(Array.from({ length: 100 }, (_, at) => (at + 1) * 1000))).toEqual(['50.00', '95.00', '100.00']);
  expect(spread([1500])).toEqual(['1.50', '1.50', '1.50']);
  expect(spread([])).toEqual(['', '', '']);
});

it('shows violations with the seed, the evidence and what was not done', () => {
  const page = markdownOf({
    when: '2026-01-01',
    seed: 42,
    kills: 2,
    seconds: 3,
    machine: { cpu: 'a CPU', fsyncMs: 0.1 },
    skipped: [{ fault: 'full-disk', why: 'not root' }],
    series: [
      {
        results: [
          {
            fault: 'clock',
            what: 'set',
            rounds: [{ loadAverage: 1.5, hit: 2, failed: 1, firstMs: 100, lastMs: 2000 }],
            violations: ['after clock no. 1: ledger sum zero: all balances sum to 1 µ'],
          },
        ],
        engine: 'llama',
        books: 'SQLite',
        calls: 5,
        evidence: '/tmp/evidence',
      },
    ],
  });
  expect(page).toContain('| clock | 1 | 1 | 2 | 1 | 0.10 | 0.10 | 0.10 | 2.00 | 2.00 | 2.00 |');
  expect(page).toContain('Load average 1.5 / 1.5 / 1.5');
  expect(page).toContain('**Not done**: full-disk: not root');
  expect(page).toMatch(
    /Violations \(clock, seed 42\)\n\n- after clock no. 1: ledger sum zero.*\n- evidence: \/tmp\/evidence/,
  );
});
