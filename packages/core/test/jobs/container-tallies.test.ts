/** At which node a job counts for its containers, whatever becomes of the node or of the job. */
import type { InfernetSite } from '@plexus/protocol';
import { expect, it } from 'vitest';
import { containerTallies, nodeTally, pendingIn } from '../../src/jobs/container-tallies.ts';
import type { Demands, Job } from '../../src/jobs/job.ts';
import { createLiveJob, type LiveJob } from '../../src/jobs/live-job.ts';
import { LiveJobs } from '../../src/jobs/live-jobs.ts';
import type { LiveNode } from '../../src/nodes/live-node.ts';

const offer = (id: string) =>
  ({ id, image: '', external: true, generates_proofs: false, timeout_seconds: 1, max_pending: 1 }) as const;

function nodeWith(id: string, ...containers: string[]): LiveNode {
  const infernet: InfernetSite = { containers: containers.map(offer), refusal_status: 400, result_seconds: 60 };
  return { record: { id }, infernet } as unknown as LiveNode;
}

let ids = 0;
function liveJob(params: object, demands?: Demands): LiveJob {
  const job = { id: String(ids++), service: 'container', content: '', params, demands } as unknown as Job;
  return createLiveJob(job, { patient: true });
}

function world() {
  const live = new LiveJobs({}, containerTallies);
  const pendingFor = pendingIn(live);
  return { live, counts: (id: string) => [live.tallyOf(nodeTally(id)), pendingFor(id, 'x'), pendingFor(id, 'y')] };
}

function lease(live: LiveJobs, job: LiveJob, node: LiveNode | undefined): void {
  if (node) job.node = node;
  else delete job.node;
  live.recount(job);
}

it('counts from its lease on, where it is leased, and no longer than that', () => {
  const { live, counts } = world();
  const job = liveJob({ containers: ['x', 'y', 'x'] });
  live.add(job);
  expect(counts('a')).toEqual([0, 0, 0]);
  lease(live, job, nodeWith('a', 'x', 'y'));
  expect(counts('a')).toEqual([1, 1, 1]);
  // The node that comes back under its lease, and says something else.
  lease(live, job, nodeWith('a', 'x', 'y', 'z'));
  expect(counts('a')).toEqual([1, 1, 1]);
  lease(live, job, undefined);
  expect(counts('a')).toEqual([0, 0, 0]);
  lease(live, job, nodeWith('b', 'x', 'y'));
  expect([counts('a'), counts('b')]).toEqual([
    [0, 0, 0],
    [1, 1, 1],
  ]);
  live.remove(job);
  expect(counts('b')).toEqual([0, 0, 0]);
});

it('counts for the one container of a node where it names none', () => {
  const { live, counts } = world();
  const job = liveJob({});
  live.add(job);
  lease(live, job, nodeWith('a', 'x'));
  expect(counts('a')).toEqual([1, 1, 0]);
});

it('counts from the beginning where it was agreed with its node, and until its end is decided', () => {
  const { live, counts } = world();
  const job = liveJob({ containers: ['x'] }, { agreed: true, only: ['a'] });
  live.add(job);
  expect(counts('a')).toEqual([1, 1, 0]);
  lease(live, job, nodeWith('a', 'x', 'y'));
  lease(live, job, undefined);
  expect(counts('a')).toEqual([1, 1, 0]);
  job.ending = true;
  live.recount(job);
  live.remove(job);
  expect(counts('a')).toEqual([0, 0, 0]);
});

it('counts for another node once it was given to that, and leaves the counts of others alone', () => {
  const { live, counts } = world();
  const [job, other] = [liveJob({ containers: ['x'] }, { only: [] }), liveJob({ containers: ['x'] })];
  live.add(job);
  live.add(other);
  lease(live, other, nodeWith('a', 'x', 'y'));
  live.change(job, { ...job.job, demands: { only: ['a'], agreed: true } });
  expect(counts('a')).toEqual([2, 2, 0]);
  job.job = { ...job.job, demands: { only: ['a'] } };
  live.remove(job);
  expect(counts('a')).toEqual([1, 1, 0]);
});
