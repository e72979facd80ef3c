import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PollResult, takePoll } from '../../src/fleet/poll-rules.ts';
import { ROLL_UPS, rollUp } from '../../src/fleet/roll-up.ts';
import type { SeriesPoint } from '../../src/fleet/series-chunk.ts';
import { packPoints, unpackPoints } from '../../src/fleet/series-pack.ts';
import { readStats } from '../../src/fleet/worker-reading.ts';
import { unseenWorker, type WorkerState } from '../../src/fleet/worker-state.ts';
import { statsSince } from '../../src/fleet/worker-stats.ts';

const START = new Date('2025-01-15T12:00:00Z');
const POLL_MS = 15_000;
const timeOf = (poll: number): Date => new Date(START.getTime() + poll * POLL_MS);

const reading = (fields: object = {}): PollResult => ({
  reading: { gpus: [], requests: 100, failed: 0, failedPercent: 0, revenueParts: {}, isEnabled: true, ...fields },
});
const failed = (failure: 'refused' | 'timeout'): PollResult => ({ failure });

/** A worker after polls one after another. */
function after(...results: readonly PollResult[]): WorkerState {
  let state = unseenWorker(1, START);
  results.forEach((result, poll) => ({ state } = takePoll(state, result, timeOf(poll))));
  return state;
}

describe('the status of a worker', () => {
  it.each([
    ['healthy', reading()],
    ['healthy', reading({ gpus: [{ temperatureCelsius: 85 }], failed: 5, failedPercent: 5 })],
    ['warning', reading({ gpus: [{ temperatureCelsius: 20 }, { temperatureCelsius: 85.1 }] })],
    ['warning', reading({ failed: 6, failedPercent: 6 })],
    ['degraded', reading({ isEnabled: false })],
    ['degraded', reading({ failed: 100, failedPercent: 100 })],
    ['healthy', reading({ requests: 0 })],
  ])('is %s', (status, result) => expect(after(result).status).toBe(status));

  it('is down once it was refused twice, or after 300 s without an answer', () => {
    expect(after(reading(), failed('refused')).status).toBe('healthy');
    expect(after(reading(), failed('refused'), failed('refused')).status).toBe('down');
    expect(after(reading(), failed('refused'), failed('timeout'), failed('refused')).status).toBe('healthy');
    const silent = (polls: number) => after(reading(), ...Array.from({ length: polls }, () => failed('timeout')));
    expect(silent(19).status).toBe('healthy');
    expect(silent(20).status).toBe('down');
    expect(after(failed('timeout')).status).toBe('down');
    expect(after(failed('refused'), failed('refused'), reading()).status).toBe('healthy');
  });
});

it('counts each proxy for itself, so that one that goes takes nothing with it', () => {
  const parts = (revenueParts: object) => reading({ revenueParts });
  const state = after(parts({ a: 10, b: 10 }), parts({ a: 12 }), parts({ a: 13, b: 11 }), parts({ a: 1, b: 11 }));
  expect(state.revenue).toBe(10 + 10 + 2 + 1 + 1 + 1);
  expect(state.revenueSaid).toBe(12);
});

describe('revenue of proxies', () => {
  const tokens = (earned: number, feePerToken: number) =>
    reading({ revenueParts: { EQp: earned * feePerToken }, feePerToken });

  it('is counted once when the worker starts again and does not know yet what it had earned', () => {
    const state = after(tokens(1_000, 20), tokens(0, 20), tokens(0, 0), tokens(1_500, 20));
    expect(state.revenue).toBe(1_500 * 20);
    expect(after(tokens(1_000, 20), tokens(50, 20)).revenue).toBe(1_050 * 20);
  });

  it('follows the fee for new tokens only', () => {
    const state = after(tokens(1_000, 20), tokens(1_000, 7), tokens(1_100, 7), tokens(1_100, 30));
    expect(state.revenue).toBe(1_000 * 20 + 100 * 7);
    expect(state.revenueSaid).toBe(1_100 * 30);
  });

  it('leaves what is said in TON as it is when the fee changes', () => {
    const inTon = reading({ revenueParts: { worker: 70_000 } });
    expect(after(inTon, tokens(1_000, 20), tokens(1_000, 40), inTon).revenue).toBe(70_000 + 1_000 * 20);
  });

  it('is a number whatever a worker calls them', () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      const said = (nano: number) => reading({ revenueParts: Object.fromEntries([[name, nano]]), feePerToken: 1 });
      expect(after(said(5), said(8)).revenue, name).toBe(8);
    }
  });

  it('is kept whole, and no larger, of a worker that names others each time', () => {
    const polls = Array.from({ length: 40 }, (_, poll) => {
      const names = Array.from({ length: 64 }, (_one, at) => [`${poll}/${at}`, 1] as const);
      return reading({ revenueParts: Object.fromEntries(names), feePerToken: 1 });
    });
    const state = after(...polls);
    expect(state.revenue).toBe(40 * 64);
    expect(Object.keys(state.revenueParts).length).toBeLessThanOrEqual(1000);
  });
});

it.each([
  [
    "the manager's form",
    { requests: { total: 100, failed: 2 }, latency: { total_ms: 500 }, revenue: { ton: 1 } },
    { revenue: { ton: 1 } },
  ],
  ['the form of Cocoon', { stats: { queries: [100], failed: [2], time: [0.5] }, localconfig: {} }, { localconfig: {} }],
])('takes what one answer in %s leaves out as not said, and counts nothing twice', (_, whole, bare) => {
  const polls = [whole, bare, whole].flatMap((answer) => readStats(answer) ?? []).map((one) => ({ reading: one }));
  const state = after(...polls);
  expect(polls).toHaveLength(3);
  expect([state.requests.total, state.failed.total, state.busyMs.total]).toEqual([100, 2, 500]);
});

/** What happens between two polls: work, a new start of the worker, or silence. */
const step = fc.record({
  earned: fc.oneof(fc.nat(5_000_000_000), fc.constant(0)),
  answered: fc.nat(1000),
  fate: fc.oneof(
    { weight: 8, arbitrary: fc.constant('answers' as const) },
    { weight: 1, arbitrary: fc.constant('restarts' as const) },
    { weight: 2, arbitrary: fc.constant('silent' as const) },
  ),
});
type Step = { readonly earned: number; readonly answered: number; readonly fate: 'answers' | 'restarts' | 'silent' };

interface Played {
  readonly points: readonly SeriesPoint[];
  /** What it earned and answered up to its last answer, since its first one, as far as anybody can know. */
  readonly earned: number;
  readonly answered: number;
  readonly answers: number;
}

/** A worker that restarts loses its counters, and what it did since it was asked last with them. */
function play(steps: readonly Step[]): Played {
  let state = unseenWorker(1, START);
  const points: SeriesPoint[] = [];
  let counters = { revenue: 1_000, requests: 10 };
  let known = { earned: 0, answered: 0, answers: 0 };
  let pending = { earned: 0, answered: 0 };
  steps.forEach(({ earned, answered, fate }, poll) => {
    if (fate === 'restarts') {
      counters = { revenue: 0, requests: 0 };
      pending = { earned: 0, answered: 0 };
    }
    counters = { revenue: counters.revenue + earned, requests: counters.requests + answered };
    pending = { earned: pending.earned + earned, answered: pending.answered + answered };
    const { revenue, requests } = counters;
    const result = fate === 'silent' ? failed('timeout') : reading({ requests, revenueParts: { worker: revenue } });
    const polled = takePoll(state, result, timeOf(poll));
    ({ state } = polled);
    points.push(polled.point);
    if (fate === 'silent') return;
    const isFirst = known.answers === 0;
    known = {
      earned: isFirst ? 0 : known.earned + pending.earned,
      answered: isFirst ? 0 : known.answered + pending.answered,
      answers: known.answers + 1,
    };
    pending = { earned: 0, answered: 0 };
  });
  return { points, ...known };
}

/** A restart whose counters have overtaken the old ones by the next poll cannot be told from work. */
function isPlain(steps: readonly Step[]): boolean {
  let last = { revenue: 1_000, requests: 10 };
  let now = last;
  for (const { earned, answered, fate } of steps) {
    if (fate === 'restarts') now = { revenue: 0, requests: 0 };
    now = { revenue: now.revenue + earned, requests: now.requests + answered };
    if (fate === 'silent') continue;
    if (fate === 'restarts' && (now.revenue >= last.revenue || now.requests >= last.requests)) return false;
    last = now;
  }
  return true;
}

/** Silence across a restart hides it in the same way. */
const steps = fc
  .array(step, { minLength: 1, maxLength: 60 })
  .map((all) =>
    all.map((one, at) =>
      all[at - 1]?.fate === 'silent' && one.fate === 'restarts' ? { ...one, fate: 'answers' as const } : one,
    ),
  )
  .filter(isPlain);

describe('figures over a series', () => {
  it('are what the worker did, however often it restarted or was silent', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { points, earned, answered, answers } = play(all);
        const first = points.findIndex((point) => point.answers === 1);
        fc.pre(first !== -1);
        const stats = statsSince(points, points[first]?.at ?? START);
        expect(stats).toMatchObject({ requests: answered, revenue: earned });
        expect(stats?.uptimePercent).toBeCloseTo((100 * answers) / (points.length - first), 9);
      }),
    );
  });

  it('are the same of what was kept, as it was and rolled up', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { points } = play(all);
        const before = new Date(0);
        const whole = statsSince(points, before);
        expect(statsSince(unpackPoints(packPoints(points)), before)).toEqual(whole);
        const [step5, hour] = ROLL_UPS;
        if (!step5 || !hour) throw new Error('There are two roll-ups');
        const coarse = rollUp(1, points, step5).flatMap((chunk) => chunk.points);
        const coarser = rollUp(1, coarse, hour).flatMap((chunk) => chunk.points);
        for (const rolled of [coarse, coarser]) {
          expect(rolled.at(-1)).toMatchObject({ revenue: points.at(-1)?.revenue, requests: points.at(-1)?.requests });
          expect(statsSince(rolled, before)?.uptimePercent).toBeCloseTo(whole?.uptimePercent ?? 0, 9);
        }
      }),
    );
  });

  it('count from where the counters stood at its beginning', () => {
    const { points } = play([1, 2, 3].map((earned) => ({ earned, answered: 1, fate: 'answers' as const })));
    expect(statsSince(points, timeOf(2))).toMatchObject({ revenue: 3, requests: 1 });
    expect(statsSince(points, timeOf(3))).toBeUndefined();
  });
});

it('packs points so that nothing is lost', () => {
  const point: SeriesPoint = {
    at: START,
    status: 'warning',
    polls: 20,
    answers: 19,
    gpuUtilization: 87.25,
    gpuTemperature: 64.5,
    latencyMs: 120.125,
    revenueSaid: 9_000_000_000_000_000,
    requestsSaid: 12,
    revenue: 9_000_000_000_000_001,
    requests: 13,
  };
  const bare: SeriesPoint = { at: timeOf(3), status: 'down', polls: 1, answers: 0, revenue: 1, requests: 0 };
  for (const points of [[], [point], [bare], [point, bare, { ...point, at: timeOf(4) }]]) {
    expect(unpackPoints(packPoints(points))).toEqual(points);
  }
});
