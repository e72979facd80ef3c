import type { Books } from '../books/books.ts';
import type { Command, EndJob, Outcome } from '../books/commands.ts';
import { DomainError } from '../errors.ts';
import type { CreditView } from '../ledger/credit-view.ts';
import type { LiveJob, Timers } from './live-job.ts';

/** A commit that the disk refused is tried again after this long, and so often at most. */
const RETRY_COMMIT_MS = 1000;
const MAX_COMMIT_TRIES = 60;

export interface JobCommitsDeps {
  readonly books: Books;
  readonly credits: CreditView;
  readonly timers: Timers;
}

/** How a job's beginning and end reach the disk: in one commit when both are there, else one after the other. */
export interface JobCommits {
  open(live: LiveJob, rest: readonly Command[]): Promise<Outcome>;
  end(live: LiveJob, command: EndJob): Promise<Outcome>;
}

export function createJobCommits({ books, credits, timers }: JobCommitsDeps): JobCommits {
  async function open(live: LiveJob, rest: readonly Command[]): Promise<Outcome> {
    const { job } = live;
    const committed = books.commitAll([{ type: 'openJob', job }, ...rest]);
    live.opening = committed.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await committed;
    } finally {
      credits.forget(job.accountId, job.hold);
    }
  }

  async function end(live: LiveJob, command: EndJob): Promise<Outcome> {
    if (!live.opening) return await open(live, [command]);
    for (let tries = 1; ; tries++) {
      try {
        return await books.commit(command);
      } catch (error) {
        if (error instanceof DomainError || tries >= MAX_COMMIT_TRIES) throw error;
        await new Promise<void>((resolve) => void timers.after(RETRY_COMMIT_MS, resolve));
      }
    }
  }

  return { open, end };
}
