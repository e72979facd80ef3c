import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { afterAwake } from '../src/sqlite/awake-timer.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('calls once after its time, and not when it was called off', () => {
  const [call, other] = [vi.fn(), vi.fn()];
  afterAwake(3000, call);
  const callOff = afterAwake(3000, other);
  vi.advanceTimersByTime(2999);
  expect(call).not.toHaveBeenCalled();
  callOff();
  vi.advanceTimersByTime(10_000);
  expect([call, other].map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
});
