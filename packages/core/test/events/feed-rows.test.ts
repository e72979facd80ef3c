import { type FeedEvent, feedRow, type JobUpdate, readFeedRows } from '@plexus/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';

const id = fc.constantFrom('a', 'b', '"quoted"', 'ünï\u0000cødé');
const at = fc.date({ noInvalidDate: true });
const node = fc.constantFrom('node_1', 'node_2');
const state = fc.constantFrom<JobUpdate['state']>('queued', 'running', 'completed', 'failed', 'cancelled', 'timed_out');

/** What rules tell: a job that waits has no node, and only one that runs has progress. */
const update = fc
  .record(
    { jobId: id, accountId: id, state, at, nodeId: node, progressPercent: fc.nat(100) },
    { requiredKeys: ['jobId', 'accountId', 'state', 'at'] },
  )
  .map(({ nodeId, progressPercent, ...rest }): FeedEvent => ({
    type: 'job_update',
    ...rest,
    ...(nodeId !== undefined && rest.state !== 'queued' && { nodeId }),
    ...(progressPercent !== undefined && rest.state === 'running' && { progressPercent }),
  }));
const receipt = fc.record({ type: fc.constant('receipt_created' as const), jobId: id, accountId: id, at });
const offer = fc.record(
  { type: fc.constant('marketplace_update' as const), offerId: id, status: id, transactionId: id, at },
  { requiredKeys: ['type', 'offerId', 'status', 'at'] },
);
const commits = fc.array(fc.array(fc.oneof(update, update, update, receipt, offer), { minLength: 1, maxLength: 8 }));

function rowsOf(all: readonly (readonly FeedEvent[])[]) {
  let last = 0;
  return all.map((events) => {
    const row = feedRow(events, last);
    last += events.length;
    return row;
  });
}

it('what was told is read again as it was, numbered without a gap', () => {
  fc.assert(
    fc.property(commits, (all) => {
      const { events, through } = readFeedRows(rowsOf(all), { after: 0, limit: 100 });
      const flat: readonly FeedEvent[] = all.flat();
      expect(events).toEqual(flat.map((event, index) => ({ sequence: index + 1, event })));
      expect(through).toBe(flat.length);
    }),
  );
});

it("one account's are those of everybody that are its own or public", () => {
  fc.assert(
    fc.property(commits, id, fc.nat(20), (all, accountId, after) => {
      const rows = rowsOf(all);
      const everything = readFeedRows(rows, { after, limit: 100 });
      const own = readFeedRows(rows, { after, accountId, limit: 100 });
      expect(own.through).toBe(everything.through);
      expect(own.events).toEqual(
        everything.events.filter(({ event }) => !('accountId' in event) || event.accountId === accountId),
      );
    }),
  );
});

it('a commit of short tasks is told in few characters', () => {
  const ids = { jobId: '0195b8c4-7a3b-7cc1-8e55-2d8b6f9a1c3d', accountId: '0195b8c4-7a3b-7cc1-8e55-2d8b6f9a1c3e' };
  const common = { ...ids, at: new Date('2025-01-15T12:00:00.000Z') };
  const states = ['queued', 'running', 'completed'] as const;
  const events: FeedEvent[] = [
    ...states.map((one): FeedEvent => ({ type: 'job_update', state: one, ...common })),
    { type: 'receipt_created', ...common },
  ];
  expect(feedRow(events, 0).text.length).toBeLessThan(200);
});
