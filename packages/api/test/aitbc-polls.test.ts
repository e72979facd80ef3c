/** What becomes of a job that cannot be told to the miner that has polled it. */
import type { MinerFailure, MinerService } from '@plexus/core';
import type { TaskAssign } from '@plexus/protocol';
import { expect, it } from 'vitest';
import { minerHandlers } from '../src/aitbc/miners.ts';
import type { Context } from '../src/dialect.ts';
import { AT, CLIENT } from './fakes.ts';

const TASK: TaskAssign = { task_id: 'job-1', task_type: 'container', content: '{}', params: {}, reward: 0 };
const RECEIPT = { receipt_id: 'r', client: 'c', unit_type: 'request', unit_price_micro: '0', max_units: 1 };

async function poll(task: TaskAssign) {
  const failures: [string, MinerFailure][] = [];
  const miners = {
    poll: async () => task,
    fail: async (_who: unknown, jobId: string, failure: MinerFailure) => void failures.push([jobId, failure]),
  } as unknown as MinerService;
  const context = { caller: CLIENT, header: () => undefined, onUndelivered: () => undefined } as unknown as Context;
  const handlers = minerHandlers({ miners, clock: () => AT });
  const said = await answerOf(async () => await handlers.pollMiner({ params: {}, query: {}, body: {} }, context));
  return { said, failures };
}

async function answerOf(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    return error;
  }
}

it('is told as its text, where that should be JSON and is none', async () => {
  const { said, failures } = await poll({ ...TASK, content: 'not json' });
  expect(said).toMatchObject({ job_id: 'job-1', payload: { input: { data: 'not json' } } });
  expect(failures).toEqual([]);
});

it('goes to another one, and holds no place of this one', async () => {
  const { said, failures } = await poll({ ...TASK, receipt: { ...RECEIPT, unit_price_micro: 'free' } });
  expect(said).toBeInstanceOf(SyntaxError);
  expect(failures).toEqual([['job-1', expect.objectContaining({ isRetryable: true })]]);
});
