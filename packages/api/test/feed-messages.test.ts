import type { FeedEvent } from '@plexus/core';
import { FeedMessageSchema } from '@plexus/protocol';
import { Compile } from 'typebox/compile';
import { expect, it } from 'vitest';
import { aitbcErrorCode, feedMessage } from '../src/index.ts';

const schema = Compile(FeedMessageSchema);
const at = new Date('2024-01-01T12:04:00Z');
const job = { type: 'job_update', accountId: 'client', jobId: 'job_1234567890', at } as const;

/** Each event with what AITBC's readers are told of it. */
const CASES: readonly (readonly [FeedEvent, object])[] = [
  [{ ...job, state: 'queued' }, { status: 'submitted' }],
  [
    { ...job, state: 'running', nodeId: 'miner' },
    { status: 'running', miner_id: 'miner' },
  ],
  [
    { ...job, state: 'running', nodeId: 'miner', progressPercent: 75 },
    { status: 'running', progress: 75, miner_id: 'miner' },
  ],
  [{ ...job, state: 'failed' }, { status: 'failed' }],
  [{ ...job, state: 'timed_out' }, { status: 'failed' }],
  [{ ...job, state: 'cancelled' }, { status: 'cancelled' }],
  [{ ...job, type: 'receipt_created' }, { receipt_id: 'receipt_job_1234567890' }],
];

it.each(CASES)('%j is told as %j', (event, data) => {
  const message = feedMessage({ sequence: 7, event });
  expect(message).toEqual({
    type: event.type,
    seq: 7,
    data: { job_id: job.jobId, timestamp: '2024-01-01T12:04:00.000Z', ...data },
  });
  expect(schema.Check(message)).toBe(true);
});

it("the page's example is told as it is printed, with its number", () => {
  const message = feedMessage({ sequence: 1, event: { ...job, state: 'completed' } });
  expect(JSON.stringify(message)).toBe(
    '{"type":"job_update","seq":1,"data":{"job_id":"job_1234567890","status":"completed","timestamp":"2024-01-01T12:04:00.000Z"}}',
  );
});

it.each([undefined, 'tx_1'])(
  'an offer is told to everybody, its transaction when there is one: %s',
  (transactionId) => {
    const event = { type: 'marketplace_update', offerId: 'offer_1', status: 'active', at } as const;
    const message = feedMessage({
      sequence: 2,
      event: transactionId === undefined ? event : { ...event, transactionId },
    });
    expect(message.data).toEqual({
      offer_id: 'offer_1',
      status: 'active',
      timestamp: '2024-01-01T12:04:00.000Z',
      ...(transactionId !== undefined && { transaction_id: transactionId }),
    });
    expect(schema.Check(message)).toBe(true);
  },
);

it('refusals have the words of AITBC', () => {
  expect([aitbcErrorCode('KEY_EXPIRED'), aitbcErrorCode('JOB_NOT_FOUND')]).toEqual([
    'INVALID_API_KEY',
    'JOB_NOT_FOUND',
  ]);
});
