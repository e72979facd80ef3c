import type { Books } from '../books/books.ts';
import type { EndJob, LeaseJob, OpenJob, Outcome, RecordJob } from '../books/commands.ts';
import { DomainError, isRefusal } from '../errors.ts';
import type { CreditView } from '../ledger/credit-view.ts';
import type { Job } from './job.ts';
import type { LiveJob, Timers } from './live-job.ts';
import { repeatCommit } from './repeat-commit.ts';

/** A commit that the disk refused is tried again after this long, and so often at most. */
const RETRY_COMMIT_MS = 1000;
const MAX_COMMIT_TRIES = 60;

export interface JobCommitsDeps {
  readonly books: Books;
  readonly credits: CreditView;
  readonly timers: Timers;
}

/** How a job's beginning and end reach the disk: in one record when both are there, else one after the other. */
export interface JobCommits {
  open(live: LiveJob): Promise<Outcome>;
  /** Writes a lease, unless the job has ended or moved on before the disk takes it. */
  lease(live: LiveJob): Promise<void>;
  end(live: LiveJob, end: EndJob): Promise<Outcome>;
}

export function createJobCommits({ books, credits, timers }: JobCommitsDeps): JobCommits {
  /** The first that the books hear of a job; from then on its hold no longer rides. */
  async function enter(live: LiveJob, command: OpenJob | RecordJob): Promise<Outcome> {
    const { accountId, hold } = live.job;
    const committed = books.commit(command);
    live.opening = committed.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await committed;
    } finally {
      credits.forget(accountId, hold);
    }
  }

  /** What the disk refuses is tried again, as long as it is wanted. */
  async function insist(command: LeaseJob | EndJob, isWanted = () => true): Promise<Outcome> {
    for (let tries = 1; ; tries++) {
      try {
        return await (tries === 1 ? books.commit(command) : repeatCommit(books, command));
      } catch (error) {
        if (isFinal(error) || tries >= MAX_COMMIT_TRIES || !isWanted()) throw error;
        await new Promise<void>((resolve) => void timers.after(RETRY_COMMIT_MS, resolve));
      }
    }
  }

  async function lease(live: LiveJob): Promise<void> {
    const command = leaseOf(live.job);
    const isWanted = () => !live.ending && live.job.epoch === command.lease.epoch;
    try {
      await insist(command, isWanted);
    } catch (error) {
      if (isWanted()) throw error;
    }
  }

  async function end(live: LiveJob, command: EndJob): Promise<Outcome> {
    if (!live.opening) return await enter(live, recordOf(live.job, command));
    return await insist(command);
  }

  return { lease, end, open: (live) => enter(live, { type: 'openJob', job: live.job }) };
}

/** Whether another try would end like this one. */
function isFinal(error: unknown): boolean {
  return error instanceof DomainError && !isRefusal(error, 'OVERLOADED');
}

function leaseOf({ id, state, epoch, attempts, decisions, nodeId, startedAt }: Job): LeaseJob {
  const place = { ...(nodeId !== undefined && { nodeId }), ...(startedAt && { startedAt }) };
  return { type: 'leaseJob', jobId: id, lease: { state, epoch, attempts, decisions, ...place } };
}

function recordOf(job: Job, { end, payments, scores, receipt }: EndJob): RecordJob {
  return { type: 'recordJob', job: { ...job, ...end }, payments, scores, ...(receipt && { receipt }) };
}
