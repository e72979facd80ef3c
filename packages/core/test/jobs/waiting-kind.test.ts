import { expect, it } from 'vitest';
import type { Job } from '../../src/jobs/job.ts';
import { createLiveJob } from '../../src/jobs/live-job.ts';
import { kindOf } from '../../src/jobs/waiting-kind.ts';

const JOB: Job = {
  id: 'job',
  accountId: 'client',
  service: 'container',
  content: 'x',
  params: { containers: ['a'] },
  state: 'queued',
  hold: 0n,
  unitPrice: 1n,
  cost: 0n,
  epoch: 0,
  attempts: [],
  decisions: [],
  createdAt: new Date(0),
  deadlineAt: new Date(0),
};

const kind = (changes: Partial<Job> = {}): string => kindOf(createLiveJob({ ...JOB, ...changes }, { patient: true }));

it.each<[string, Partial<Job>]>([
  ['other containers', { params: { containers: ['a', 'b'] } }],
  ['another price', { unitPrice: 2n }],
  ['a price that was agreed', { demands: { agreed: true } }],
  ['an offer that was accepted', { demands: { offerId: 'offer' } }],
  ['one node only', { demands: { only: ['node'] } }],
  ['another model', { params: { containers: ['a'], model: 'm' } }],
])('%s makes another kind', (_what, changes) => {
  expect(kind(changes)).not.toBe(kind());
});

it('what no node looks at makes no kind of its own', () => {
  expect(kind({ id: 'other', content: 'y', params: { containers: ['a'], note: 'n' } })).toBe(kind());
  const agreed = { demands: { agreed: true } } as const;
  expect(kind({ ...agreed, unitPrice: 2n })).toBe(kind(agreed));
});
