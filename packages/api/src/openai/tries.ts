import type { Job } from '@plexus/core';
import type { Context } from '../dialect.ts';
import type { OpenAiJobs } from './deps.ts';
import { createUndelivered } from './undelivered.ts';

type KeyContext = Pick<Context<'key'>, 'caller' | 'idempotency' | 'requestHash' | 'header' | 'onUndelivered'>;

interface Try {
  readonly context: KeyContext;
  /** A job that was accepted does not answer who waits for its end, nor the other way round. */
  readonly kind: 'accepted' | 'ended';
  /** Whether a job is what its client should have got. */
  readonly isAnswer: (job: Job) => boolean;
}

/** Requests that clients try again by themselves, without an Idempotency-Key. */
export interface Tries {
  /** Makes a job, unless an earlier try of the same request made one whose answer was lost. */
  once(asked: Try, make: () => Promise<Job>): Promise<Job>;
}

export function createTries(jobs: Pick<OpenAiJobs, 'get'>, undelivered = createUndelivered()): Tries {
  async function findEarlier({ context, kind }: Try): Promise<Job | undefined> {
    if (!isRepetition(context)) return undefined;
    const jobId = await undelivered.take(askedBy(context, kind));
    return jobId === undefined ? undefined : await jobs.get(context.caller, jobId);
  }

  return {
    once(asked, make) {
      const { context, kind, isAnswer } = asked;
      const made = findEarlier(asked).then((earlier) => earlier ?? make());
      // Whoever awaits the job hears why there is none.
      const toId = (job: Job): string | undefined => (isAnswer(job) ? job.id : undefined);
      const jobId = () => made.then(toId, () => undefined);
      context.onUndelivered(() => undelivered.remember(askedBy(context, kind), jobId()));
      return made;
    },
  };
}

/** The official clients count their repetitions; with an Idempotency-Key the books know the first one. */
function isRepetition(context: KeyContext): boolean {
  return !context.idempotency && Number(context.header('x-stainless-retry-count')) > 0;
}

function askedBy({ caller, requestHash }: KeyContext, kind: Try['kind']): { keyId: string; requestHash: string } {
  return { keyId: caller.keyId, requestHash: `${kind} ${requestHash}` };
}
