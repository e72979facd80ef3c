/** What becomes of a job that its client gives to an offer, in the engine. */
import type { Books, Job, Offer, SubmitJob } from '@plexus/core';
import { createMemoryBooks } from '@plexus/testkit';
import { beforeEach, expect, it } from 'vitest';
import { CLIENT, createWorld, join, settle, type World } from './support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const submit = (changes: Partial<SubmitJob> = {}) =>
  world.jobs.submit({
    caller: CLIENT,
    service: 'echo',
    content: 'x',
    params: {},
    detached: true,
    waitsForNode: true,
    ...changes,
  });
const typesOf = (service: string) => [service];

async function offerOf(nodeId: string, jobType = 'echo'): Promise<string> {
  const createdAt = world.time.clock();
  const expiresAt = new Date(createdAt.getTime() + 60_000);
  const of = { accountId: 'nodes', jobType, price: 0n, maxJobs: 9, jobsLeft: 9, requirements: {} };
  const offer: Offer = { id: `offer_${nodeId}`, nodeId, ...of, state: 'active', createdAt, expiresAt };
  await world.books.commit({ type: 'createOffer', offer });
  return offer.id;
}

it('what was agreed with one node lets nobody use the containers of another', async () => {
  const node = await join(world, 'node-a');
  const container = { id: 'inner', image: 'x', external: false, generates_proofs: false };
  const containers = [{ ...container, timeout_seconds: 1, max_pending: 1 }];
  const infernet = { containers, refusal_status: 400 as const, result_seconds: 1 };
  const services = [{ id: 'container', concurrency: 1 }];
  const protocol = { version: 1, public_key: 'k'.repeat(44), services, infernet, resume: [] };
  if (!node.node) throw new Error('The node is not there');
  world.registry.update(node.node, node.node.record, { node_id: 'node-a', protocol });
  const agreed = { service: 'container', content: '{}', agreedPrice: 0n, params: { containers: ['inner'] } };
  const { id: jobId } = await submit({ ...agreed, routing: { only: ['node-b'] } });
  const offerId = await offerOf('node-a', 'container');
  await world.accept(CLIENT, { offerId, jobId, typesOf });
  await settle();
  expect(world.live.find(jobId)?.job.demands).toEqual({ only: ['node-a'], offerId });
  expect(node.tasks).toEqual([]);
  expect(world.jobs.outlook(await world.jobs.get(CLIENT, jobId)).unfit).toEqual([
    'node-a: lets no job begin with "inner"',
  ]);
});

it('counts for the key that accepted it, and no longer for the one that it came with', async () => {
  const { id: jobId } = await submit({ byOffer: true });
  const other = { ...CLIENT, keyId: 'other' };
  await world.accept(other, { offerId: await offerOf('node-a'), jobId, typesOf });
  expect([world.live.countOf('key'), world.live.countOf('other')]).toEqual([0, 1]);
  await world.jobs.cancel(CLIENT, jobId);
  expect([world.live.countOf('key'), world.live.countOf('other')]).toEqual([0, 0]);
});

it('ends, and gives its hold back, when it is cancelled while another key is accepting an offer for it', async () => {
  const books = createMemoryBooks();
  let cancelled: Promise<Job> | undefined;
  const commit: Books['commit'] = async (command) => {
    const outcome = await books.commit(command);
    if (command.type === 'acceptOffer') cancelled = world.jobs.cancel(CLIENT, command.jobId);
    return outcome;
  };
  world = await createWorld({ books: { ...books, commit } });
  const { id: jobId } = await submit({ byOffer: true, maxCost: 5n });
  await world.accept({ ...CLIENT, keyId: 'other' }, { offerId: await offerOf('node-a'), jobId, typesOf });
  await settle();
  expect(world.live.size).toBe(0);
  expect(await cancelled).toMatchObject({ state: 'cancelled', keyId: 'other' });
  expect(await books.read.findAccount('client')).toMatchObject({ held: 0n });
});
