import { type Job, type StreamedJob, type SubmitJob } from '@plexus/core';
import type { openAiEndpoints } from '@plexus/protocol';
import type { Static } from 'typebox';
import { Accepted, prefersAsync } from '../accepted.ts';
import { type Context, Refusal } from '../dialect.ts';
import type { EventSink, EventStream } from '../event-stream.ts';
import { tellJob } from '../generation-facts.ts';
import { createOpenStreams } from '../open-streams.ts';
import { streamedAnswer } from '../streamed-answer.ts';
import type { OpenAiJobs } from './deps.ts';
import { requireCompleted } from './job-failures.ts';
import { createdAt, modelName } from './job-views.ts';
import { createTries } from './tries.ts';
import { badRequest, inWords } from './words.ts';

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
  /**
   * Waits for the job's end, or, where the client prefers so, only for its acceptance.
   *
   * @param view what it throws is the result's fault: the answer is a final refusal, as the job is charged already
   */
  answer<A>(run: Run, context: KeyContext, view: (job: Job) => A): Promise<A | Accepted<AcceptedJob>>;
  /** Waits until a node has begun; then its pieces are written. */
  stream(
    run: Run,
    context: KeyContext,
    write: (streamed: StreamedJob, sink: EventSink) => Promise<void>,
  ): Promise<EventStream>;
}

export function createRuns(jobs: OpenAiJobs): Runs {
  const tries = createTries(jobs);
  const openStreams = createOpenStreams(inUse);

  async function accept({ job }: Run, context: KeyContext): Promise<Job> {
    return await tries.once({ context, kind: 'accepted', isAnswer: () => true }, () =>
      jobs.submit({ ...requestOf(job, context), detached: true }),
    );
  }

  async function waitFor({ job, isBackground }: Run, context: KeyContext): Promise<Job> {
    const wait = { detached: false, ...(!isBackground && awaited(context)) };
    return await tries.once({ context, kind: 'ended', isAnswer: isCompleted }, () =>
      jobs.submit({ ...requestOf(job, context), ...wait }),
    );
  }

  return {
    async answer(run, context, view) {
      if (prefersLater(context)) return toAccepted(await accept(run, context), run, context);
      const job = await waitFor(run, context);
      requireCompleted(job);
      tellJob(job, context);
      return viewed(job, view);
    },

    async stream({ job, isBackground }, context, write) {
      if (prefersLater(context)) throw neverLater();
      return await streamedAnswer(context, {
        openStreams,
        isBackground,
        begin: (reader) =>
          tries.streamedOnce({ context, isAnswer: isCompleted }, () =>
            jobs.stream({ ...requestOf(job, context), detached: false, ...reader }),
          ),
        requireText: requireCompleted,
        write,
      });
    },
  };
}

function requestOf(job: Run['job'], { caller, idempotency }: KeyContext): Omit<SubmitJob, 'detached'> {
  return { ...job, caller, ...(idempotency && { idempotency }) };
}

function awaited({ signal }: KeyContext): { readonly signal: AbortSignal } {
  return { signal };
}

function prefersLater(context: KeyContext): boolean {
  return prefersAsync(context.header('prefer'));
}

/** A job that failed has charged nothing that another one would charge again. */
function isCompleted({ state }: Job): boolean {
  return state === 'completed';
}

function viewed<A>(job: Job, view: (job: Job) => A): A {
  try {
    return view(job);
  } catch (cause) {
    const message = `The node's result of job ${job.id} cannot be used; it is charged, and would be charged again`;
    const words = { status: 502, type: 'server_error', code: 'unusable_result', final: true } as const;
    throw new Refusal(message, inWords(message, words), { cause });
  }
}

function neverLater(): Refusal {
  const message = `Unsupported parameter: 'stream' (true): a stream is not answered later; leave it out, or "Prefer: respond-async"`;
  return new Refusal(message, badRequest(message, 'unsupported_parameter', 'stream'));
}

function toAccepted(job: Job, { asked }: Run, context: KeyContext): Accepted<AcceptedJob> {
  tellJob(job, context);
  const { id, state: status } = job;
  const body = { id, object: 'plexus.job', status, created: createdAt(job), model: modelName(job, asked) } as const;
  return new Accepted(body, `/plexus/v1/jobs/${id}`);
}

function inUse(message: string): Refusal {
  const words = { status: 409, type: 'invalid_request_error', code: 'idempotency_key_in_use', final: true } as const;
  return new Refusal(message, inWords(message, words));
}
