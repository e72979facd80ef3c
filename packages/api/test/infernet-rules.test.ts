import type { Job } from '@plexus/core';
import { describe, expect, it } from 'vitest';
import { isAllowed } from '../src/infernet/allowed-address.ts';
import type { Client } from '../src/infernet/client.ts';
import type { InfernetDeps } from '../src/infernet/deps.ts';
import { createOwnJobs } from '../src/infernet/own-jobs.ts';
import { createClientRates } from '../src/infernet/client-rates.ts';
import { toJobResult } from '../src/infernet/job-views.ts';

describe('a list of networks', () => {
  it.each([
    [undefined, '8.8.8.8', true],
    [[], '8.8.8.8', false],
    [['10.0.0.0/8'], '10.1.2.3', true],
    [['10.0.0.0/8'], '11.1.2.3', false],
    [['10.0.0.1'], '10.0.0.1', true],
    [['10.0.0.1'], '10.0.0.2', false],
    [['0.0.0.0/0'], '1.2.3.4', true],
    [['2001:db8::/32'], '2001:db8::7', true],
    [['2001:db8::/32'], '2001:db9::7', false],
    [['::/0'], '1.2.3.4', false],
    [['10.0.0.0/33', 'x', '10.0.0.0/-1', '10.0.0.0/1e1', ''], '10.0.0.1', false],
  ])('%j: %s is let through: %s', (networks, address, expected) => {
    expect(isAllowed(networks, address)).toBe(expected);
  });
});

describe('rates of a node', () => {
  it('are each for one place and client, over their own time', () => {
    let now = 0;
    const rates = createClientRates(false, () => now);
    const rate = { calls: 2, seconds: 10 };
    const take = (place: string, client: string) => rates.take(place, rate, client);
    take('a', 'x');
    take('a', 'x');
    expect(() => take('a', 'x')).toThrow('try again in 5 s');
    take('a', 'y');
    take('b', 'x');
    now = 5000;
    take('a', 'x');
    expect(() => take('a', 'x')).toThrow('try again');
  });

  it('stay for the newest thousand places, whichever of them is called', () => {
    const rates = createClientRates(false, () => 0);
    const take = (place: number) => rates.take(`node ${place}`, { calls: 1, seconds: 10 }, 'x');
    for (let place = 0; place < 1000; place++) take(place);
    expect(() => take(0)).toThrow('try again');
    expect(() => take(1)).toThrow('try again');
    take(1000);
    expect(() => take(1)).toThrow('try again');
  });

  it('are none where the operator has turned limits off', () => {
    const rates = createClientRates(true);
    for (let calls = 0; calls < 5; calls++) rates.take('a', { calls: 1, seconds: 1000 }, 'x');
  });
});

describe('a job', () => {
  const job = { id: 'j', params: { containers: ['a', 'b'] } } as const;
  // What is not named here is not looked at.
  const view = (rest: Partial<Job>) => toJobResult({ ...job, ...rest } as Job, true);

  it('that waits or runs has no result', () => {
    const running = { id: 'j', status: 'running', result: null, intermediate_results: [] };
    expect(view({ state: 'queued' })).toEqual(running);
    expect(view({ state: 'running' })).toEqual(running);
  });

  it('that failed names its container: the one that it failed at, else the first', () => {
    const failed = (container: string, error: string) => ({
      id: 'j',
      status: 'failed',
      result: { container, error },
      intermediate_results: [],
    });
    expect(view({ state: 'failed', error: 'b: It took too long' })).toEqual(failed('b', 'It took too long'));
    expect(view({ state: 'failed', error: 'the node was lost' })).toEqual(failed('a', 'the node was lost'));
    expect(view({ state: 'timed_out', reason: 'deadline_exceeded' })).toEqual(failed('a', 'deadline_exceeded'));
    expect(view({ state: 'cancelled' })).toEqual(failed('a', 'cancelled'));
  });

  it('that was streamed has a text as its output, whatever it looks like', () => {
    const text = '[{"container":"x","output":1}]';
    const streamed = { params: { ...job.params, stream: true }, state: 'completed', result: text } as const;
    expect(view(streamed).result).toEqual({ container: 'b', output: text });
  });
});

describe('results that are told for a minute', () => {
  const NOON = Date.parse('2026-01-01T12:00:00Z');
  const at = (seconds: number) => new Date(NOON + seconds * 1000);
  const made = { id: 'a', accountId: 'mine', service: 'container', state: 'running', createdAt: at(0) } as Job;

  async function isTold(job: Job, seconds: number): Promise<boolean> {
    const deps = {
      jobs: { get: async () => job },
      reported: { find: () => undefined },
      sites: { siteOf: () => ({ result_seconds: 60 }) },
      clock: () => at(seconds),
    };
    // Nothing else of either is looked at.
    const own = createOwnJobs(deps as unknown as InfernetDeps);
    const client = { caller: { accountId: 'mine' }, nodeId: 'n', address: '' } as Client;
    return (await own.find(client, 'a')) !== undefined;
  }

  it('are so from when their job has ended, and a job that runs is told however long', async () => {
    expect(await isTold(made, 3600)).toBe(true);
    const ended: Job = { ...made, state: 'completed', endedAt: at(3600) };
    expect([await isTold(ended, 3660), await isTold(ended, 3661)]).toEqual([true, false]);
  });
});
