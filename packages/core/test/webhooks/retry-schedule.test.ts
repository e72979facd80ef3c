import { rescueDelayMs, retryDelayMs } from '@plexus/core';
import { expect, it } from 'vitest';

const HOUR_MS = 3_600_000;

it('tries eleven times in a day, each time after a longer wait', () => {
  const delays: number[] = [];
  for (let attempts = 1; ; attempts++) {
    const delay = retryDelayMs({ attempts, random: 0.5 });
    if (delay === undefined) break;
    delays.push(delay);
  }
  expect(delays).toHaveLength(10);
  expect(delays).toEqual(delays.toSorted((a, b) => a - b));
  const total = delays.reduce((sum, delay) => sum + delay, 0);
  expect(total).toBeGreaterThan(23 * HOUR_MS);
  expect(total).toBeLessThan(24 * HOUR_MS);
});

it('spreads what failed together by a fifth each way', () => {
  const delayOf = (random: number) => retryDelayMs({ attempts: 1, random });
  expect([delayOf(0), delayOf(0.5), delayOf(1)]).toEqual([4000, 5000, 6000]);
});

it('waits as long as the receiver asks, but no longer than an hour, and never less than it would', () => {
  const delayOf = (retryAfterMs: number) => retryDelayMs({ attempts: 1, retryAfterMs, random: 0.5 });
  expect([delayOf(60_000), delayOf(100 * HOUR_MS), delayOf(1)]).toEqual([60_000, HOUR_MS, 5000]);
});

it('knows when to make an attempt again of which nobody heard, also the last', () => {
  expect(rescueDelayMs(1)).toBe(5000);
  expect(rescueDelayMs(11)).toBe(600_000);
});
