import { expect, it } from 'vitest';
import { readFeedRequest } from '../src/feed/feed-requests.ts';

it('says which events there are to a reader that subscribes to none of them', () => {
  expect(readFeedRequest('{"id": 3, "type": "subscribe", "event": "job"}')).toEqual({
    ok: false,
    id: 3,
    message: 'event: must be one of job_update, marketplace_update, receipt_created',
  });
});
