import type { Runner } from '@plexus/runners';
import { expect, it } from 'vitest';
import { OfferedServices } from '../src/offered-services.ts';

/** A runner that only says when it is closed. */
function runner(model: string, closed: string[]): Runner {
  return {
    service: 'llm',
    concurrency: 1,
    models: [model],
    languages: [],
    run: () => Promise.reject(new Error('It does not run')),
    close: async () => void closed.push(model),
  };
}

it('keeps what was replaced until it is old, and closes everything at its end', async () => {
  const closed: string[] = [];
  const offered = new OfferedServices(['llm'], [], () => undefined);
  for (let at = 0; at < 34; at++) offered.take({ available: true, runner: runner(`m${at}`, closed) });
  expect(offered.runners.get('llm')?.models).toEqual(['m33']);
  expect(closed).toEqual(['m0']);
  await offered.close();
  expect(closed).toHaveLength(34);
});

it('tells each reason once, and that a service is back', () => {
  const told: string[] = [];
  const offered = new OfferedServices(['llm'], [], (text) => told.push(text));
  const missing = { available: false, service: 'llm', reason: 'it sleeps', remedy: 'wake it' } as const;
  expect(offered.settingUp).toEqual(['llm']);
  expect(offered.take(missing)).toBe(true);
  expect(offered.settingUp).toEqual([]);
  expect(offered.take(missing)).toBe(false);
  expect(offered.take({ available: true, runner: runner('m', []) })).toBe(true);
  expect(offered.take(missing)).toBe(true);
  expect(told).toEqual([
    'llm is not offered: it sleeps (wake it)',
    'llm is offered with m',
    'llm is not offered: it sleeps (wake it)',
  ]);
  expect(offered.states.get('llm')).toEqual({ id: 'llm', available: false, reason: 'it sleeps', remedy: 'wake it' });
});
