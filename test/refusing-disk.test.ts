/** A disk that takes no writes for a while, over the job engine with time that moves only when it is told to. */
import type { Books } from '@plexus/core';
import { createMemoryBooks } from '@plexus/testkit';
import { expect, it } from 'vitest';
import { CLIENT, createWorld, join, settle } from './support/engine-world.ts';

/** A job whose hold is on disk before there is a node, so that its lease is written alone. */
const WAITING = { caller: CLIENT, service: 'echo', content: 'x', params: {}, detached: true, waitsForNode: true };

/** Books that refuse leases for as long as they are told to. */
function refusingBooks() {
  const books = createMemoryBooks();
  const disk = { isFull: true };
  const refusing: Books = {
    ...books,
    async commit(command) {
      if (disk.isFull && command.type === 'leaseJob') throw new Error('the disk is full');
      return await books.commit(command);
    },
  };
  return { refusing, disk };
}

it('a job whose lease cannot be written is accepted, waits for the disk, and runs', async () => {
  const { refusing, disk } = refusingBooks();
  const world = await createWorld({ books: refusing });
  const { id } = await world.jobs.submit(WAITING);
  const node = await join(world, 'node-a');
  await world.time.pass(5000);
  expect(node.tasks).toEqual([]);
  disk.isFull = false;
  await world.time.pass(1000);
  expect(node.tasks).toMatchObject([{ task_id: id, epoch: 1 }]);
});

it('a job whose lease can never be written ends at its deadline, and holds nothing then', async () => {
  const { refusing } = refusingBooks();
  const world = await createWorld({ books: refusing });
  const { id } = await world.jobs.submit({ ...WAITING, timeoutSeconds: 3 });
  await join(world, 'node-a');
  await world.time.pass(4000);
  await settle();
  expect(await world.books.read.findJob(id)).toMatchObject({ state: 'timed_out', cost: 0n });
  expect(await world.books.read.totals()).toMatchObject({ sum: 0n, held: 0n, openJobs: 0 });
});
