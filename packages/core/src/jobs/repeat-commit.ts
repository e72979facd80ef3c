import type { Books } from '../books/books.ts';
import type { EndJob, LeaseJob, Outcome } from '../books/commands.ts';
import { isRefusal } from '../errors.ts';
import type { Job } from './job.ts';

/**
 * Commits a lease or an end once more. An earlier try may be on disk although nobody could say so: then it is answered
 * with what the books have, instead of being refused.
 */
export async function repeatCommit(books: Books, command: LeaseJob | EndJob): Promise<Outcome> {
  try {
    return await books.commit(command);
  } catch (error) {
    const mayBeDone = isRefusal(error, command.type === 'endJob' ? 'JOB_ALREADY_ENDED' : 'STALE_LEASE');
    const job = mayBeDone ? await books.read.findJob(command.jobId) : undefined;
    if (!job || !isDone(job, command)) throw error;
    return await outcomeNow(books, job, command);
  }
}

/** Whether the books have this very end, or this very lease. */
function isDone(job: Job, command: LeaseJob | EndJob): boolean {
  switch (command.type) {
    case 'endJob': {
      const { state, epoch, endedAt } = command.end;
      return job.state === state && job.epoch === epoch && job.endedAt?.getTime() === endedAt.getTime();
    }
    case 'leaseJob': {
      const { state, epoch, nodeId } = command.lease;
      return job.state === state && job.epoch === epoch && job.nodeId === nodeId;
    }
  }
}

async function outcomeNow({ read }: Books, { receiptIndex }: Job, command: LeaseJob | EndJob): Promise<Outcome> {
  const paid = command.type === 'endJob' ? [command.accountId, ...command.payments.map(({ payeeId }) => payeeId)] : [];
  const accounts = await Promise.all([...new Set(paid)].map((id) => read.findAccount(id)));
  const outcome = { accounts: accounts.filter((account) => account !== undefined), keys: [] };
  return receiptIndex === undefined ? outcome : { ...outcome, receiptIndex };
}
