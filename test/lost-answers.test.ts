/** A commit that is on disk although nobody could say so: its job must not be reported as failed. */
import { type Books, type Job, StorageError } from '@plexus/core';
import { creditsToMicro } from '@plexus/protocol';
import { createMemoryBooks } from '@plexus/testkit';
import { expect, it, vi } from 'vitest';
import { CLIENT, createWorld, join, settle } from './support/engine-world.ts';

/** Books whose first answer about the end of a job is lost, after it was written or before. */
function forgetfulBooks(isWritten: boolean): Books {
  const books = createMemoryBooks();
  let isLost = false;
  return {
    ...books,
    async commit(command) {
      if (command.type !== 'endJob' || isLost) return await books.commit(command);
      isLost = true;
      if (isWritten) await books.commit(command);
      throw new StorageError('fate_unknown', 'The database was lost in the midst of a commit');
    },
  };
}

it.each([true, false])(
  'a job whose end was lost with the database ends once (it was written: %s)',
  async (isWritten) => {
    const world = await createWorld({ books: forgetfulBooks(isWritten) });
    const session = await join(world, 'a');
    const task = { caller: CLIENT, service: 'echo', content: 'x', params: {}, detached: true } as const;
    const { id } = await world.jobs.submit(task);
    await vi.waitFor(() => expect(session.tasks).toHaveLength(1));
    const ended: Job[] = [];
    world.events.subscribe((event) => void (event.type === 'job_ended' && ended.push(event.job)));
    const [{ epoch = 0 } = {}] = session.tasks;
    if (session.node) world.desk.result(session.node, { task_id: id, epoch, status: 'completed', result: 'x' });
    await settle();
    await world.time.pass(1000);
    await settle();
    expect(ended).toMatchObject([{ id, state: 'completed', cost: creditsToMicro(10), receiptIndex: 0 }]);
    expect(await world.books.read.findJob(id)).toMatchObject({ state: 'completed', receiptIndex: 0 });
    expect(await world.books.read.findAccount(CLIENT.accountId)).toMatchObject({ spent: creditsToMicro(10), held: 0n });
    expect(world.live.size).toBe(0);
  },
);
