import { hasEnded, type Job, type StreamedJob, type SubmitJob } from '@plexus/core';
import type { openAiEndpoints } from '@plexus/protocol';
import type { Static } from 'typebox';
import { Accepted, prefersAsync } from '../accepted.ts';
import type { Context } from '../dialect.ts';
import { type EventSink, EventStream } from '../event-stream.ts';
import type { OpenAiJobs } from './deps.ts';
import { requireCompleted } from './job-failures.ts';
import { createdAt, modelName, tellJob } from './job-views.ts';
import { createOpenStreams } from './open-streams.ts';
import { createUndelivered } from './undelivered.ts';

type AcceptedJob = Static<typeof openAiEndpoints.createChatCompletion.accepted>;
type KeyContext = Context<'key'>;

/** A job that a request asks for. */
export interface Run {
  readonly job: Omit<SubmitJob, 'caller' | 'detached' | 'idempotency'>;
  /** The model as the request names it. */
  readonly asked: string;
  /** Whether the job goes on when its client goes away. */
  readonly isBackground: boolean;
}

/** Jobs as requests wait for them. A job that did not complete is never an answer: it is thrown as a refusal. */
export interface Runs {
  /** Waits for the job's end, or, where the client prefers so, only for its acceptance. */
  answer<A>(run: Run, context: KeyContext, view: (job: Job) => A): Promise<A | Accepted<AcceptedJob>>;
  /** Waits until a node has begun; then its pieces are written. */
  stream(
    run: Run,
    context: KeyContext,
    write: (streamed: StreamedJob, sink: EventSink) => Promise<void>,
  ): Promise<EventStream>;
}

export function createRuns(jobs: OpenAiJobs, undelivered = createUndelivered()): Runs {
  const openStreams = createOpenStreams();

  /** The answer of an earlier try that did not reach its client. */
  async function findEarlier(context: KeyContext): Promise<Job | undefined> {
    if (!isRepetition(context)) return undefined;
    const jobId = await undelivered.take(askedBy(context));
    return jobId === undefined ? undefined : await jobs.get(context.caller, jobId);
  }

  async function submit({ job, isBackground }: Run, context: KeyContext): Promise<Job> {
    const earlier = await findEarlier(context);
    if (earlier) return earlier;
    return await jobs.submit({ ...requestOf(job, context), detached: false, ...(!isBackground && awaited(context)) });
  }

  return {
    async answer(run, context, view) {
      if (prefersAsync(context.header('prefer'))) {
        const accepted = await jobs.submit({ ...requestOf(run.job, context), detached: true });
        return toAccepted(accepted, run, context);
      }
      const ended = submit(run, context);
      context.onUndelivered(() => undelivered.remember(askedBy(context), idWhenCompleted(ended)));
      const job = await ended;
      requireCompleted(job);
      tellJob(job, context);
      return view(job);
    },

    async stream({ job, isBackground }, context, write) {
      const close = openStreams.open(context);
      try {
        const { signal } = isBackground ? new AbortController() : context;
        const streamed = await jobs.stream({ ...requestOf(job, context), detached: false, signal });
        if (hasEnded(streamed.job.state)) requireCompleted(streamed.job);
        tellJob(streamed.job, context);
        return new EventStream((sink) => write(streamed, sink).finally(close));
      } catch (error) {
        close();
        throw error;
      }
    },
  };
}

function requestOf(job: Run['job'], { caller, idempotency }: KeyContext): Omit<SubmitJob, 'detached'> {
  return { ...job, caller, ...(idempotency && { idempotency }) };
}

function awaited({ signal }: KeyContext): { readonly signal: AbortSignal } {
  return { signal };
}

/** The official clients count their repetitions; with an Idempotency-Key the books know the first one. */
function isRepetition(context: KeyContext): boolean {
  return !context.idempotency && Number(context.header('x-stainless-retry-count')) > 0;
}

function askedBy({ caller, requestHash }: KeyContext): { keyId: string; requestHash: string } {
  return { keyId: caller.keyId, requestHash };
}

/** A job that failed has charged nothing that another one would charge again. Whoever awaits it hears why. */
function idWhenCompleted(ended: Promise<Job>): Promise<string | undefined> {
  return ended.then(
    ({ id, state }) => (state === 'completed' ? id : undefined),
    () => undefined,
  );
}

function toAccepted(job: Job, { asked }: Run, context: KeyContext): Accepted<AcceptedJob> {
  tellJob(job, context);
  const { id, state: status } = job;
  const body = { id, object: 'plexus.job', status, created: createdAt(job), model: modelName(job, asked) } as const;
  return new Accepted(body, `/plexus/v1/jobs/${id}`);
}
