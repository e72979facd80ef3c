import type { Job, StreamedJob } from '@plexus/core';
import type { Context } from '../dialect.ts';
import type { OpenAiJobs } from './deps.ts';
import { createRecentTries } from './recent-tries.ts';
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
  /** The same for an answer that is streamed: one that was made whole before is given again in one piece. */
  streamedOnce(asked: Omit<Try, 'kind'>, begin: () => Promise<StreamedJob>): Promise<StreamedJob>;
}

export function createTries(jobs: Pick<OpenAiJobs, 'get'>): Tries {
  const undelivered = createUndelivered();
  const recent = createRecentTries();

  /** An answer that surely was lost, else one that was sent to whoever says now that it did not come. */
  async function findEarlier(context: KeyContext, kind: string): Promise<Job | undefined> {
    const number = tryNumber(context);
    if (!number) return undefined;
    const asked = askedBy(context, kind);
    const sent = recent.take({ ...asked, number: number - 1 });
    const lost = undelivered.take(asked);
    const jobId = lost ? await lost : sent;
    return jobId === undefined ? undefined : await jobs.get(context.caller, jobId);
  }

  /** Clients that do not count their tries never repeat one. */
  function remember(context: KeyContext, kind: string, jobId: Promise<string | undefined>): void {
    const number = tryNumber(context);
    if (number === undefined) return;
    const tried = { ...askedBy(context, kind), number };
    void jobId.then((id) => recent.remember(tried, id));
  }

  return {
    once({ context, kind, isAnswer }, make) {
      const made = findEarlier(context, kind).then((earlier) => earlier ?? make());
      const jobId = idOf(made, isAnswer);
      remember(context, kind, jobId);
      context.onUndelivered(() => undelivered.remember(askedBy(context, kind), jobId));
      return made;
    },

    async streamedOnce({ context, isAnswer }, begin) {
      const earlier = await findEarlier(context, 'streamed');
      if (earlier) return { job: earlier, isLive: false, pieces: nothing(), ended: Promise.resolve(earlier) };
      const begun = begin();
      const ended = begun.then((streamed) => streamed.ended);
      remember(context, 'streamed', idOf(ended, isAnswer));
      return await begun;
    },
  };
}

/** Nothing when there is no answer: whoever awaits the job hears why. */
function idOf(made: Promise<Job>, isAnswer: Try['isAnswer']): Promise<string | undefined> {
  return made.then(
    (job) => (isAnswer(job) ? job.id : undefined),
    () => undefined,
  );
}

/** The official clients count their tries from 0; with an Idempotency-Key the books know the first one. */
function tryNumber(context: KeyContext): number | undefined {
  const number = Number(context.header('x-stainless-retry-count') ?? Number.NaN);
  return !context.idempotency && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

function askedBy({ caller, requestHash }: KeyContext, kind: string): { keyId: string; requestHash: string } {
  return { keyId: caller.keyId, requestHash: `${kind} ${requestHash}` };
}

async function* nothing(): AsyncGenerator<never> {}
