import { expect, test } from 'vitest';
import { startTextRetention } from '../../src/jobs/text-retention.ts';

/** A timer that is run by hand. */
function createTimers() {
  const due: { milliseconds: number; run: () => void }[] = [];
  return {
    due,
    timers: {
      after(milliseconds: number, run: () => void) {
        const timer = { milliseconds, run };
        due.push(timer);
        return () => void due.splice(due.indexOf(timer), 1);
      },
    },
    pass: async (): Promise<number> => {
      const [timer] = due.splice(0);
      timer?.run();
      for (let i = 0; i < 5; i++) await Promise.resolve();
      return timer?.milliseconds ?? Number.NaN;
    },
  };
}

test('removes batch after batch with pauses, then looks once a minute, and goes on after a failure', async () => {
  const { timers, pass, due } = createTimers();
  const answers: (number | Error)[] = [100, 30, 0, new Error('the disk is full'), 5];
  const asked: Date[] = [];
  let removed = 0;
  const errors: unknown[] = [];
  const retention = startTextRetention({
    async forgetTexts(endedBefore) {
      asked.push(endedBefore);
      const answer = answers.shift() ?? 0;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    keepMs: 1000,
    clock: () => new Date(5000),
    timers,
    onRemoved: (jobs) => (removed += jobs),
    onError: (error) => errors.push(error),
  });
  const waits: number[] = [];
  for (let i = 0; i < 5; i++) waits.push(await pass());
  expect(waits).toEqual([100, 100, 100, 60_000, 60_000]);
  expect(asked.map((date) => date.getTime())).toEqual([4000, 4000, 4000, 4000, 4000]);
  expect(removed).toBe(135);
  expect(errors).toEqual([new Error('the disk is full')]);
  await retention.stop();
  expect(due).toEqual([]);
});
