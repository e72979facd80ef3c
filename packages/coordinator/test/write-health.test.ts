import { expect, test } from 'vitest';
import { createWriteHealth } from '../src/write-health.ts';

const FULL = new Error('database or disk is full');

test('a disk that takes nothing is told of until it takes something, or until it is time for another try', () => {
  let now = 0;
  const health = createWriteHealth(() => now);
  expect(health.problem()).toBeUndefined();
  health.note(FULL);
  now = 9_999;
  expect(health.problem()).toMatch(/cannot be written/);
  health.note(FULL);
  now = 19_998;
  expect(health.problem()).toMatch(/cannot be written/);
  now += 1;
  expect(health.problem()).toBeUndefined();
  health.note(FULL);
  health.note(undefined);
  expect(health.problem()).toBeUndefined();
});
