/** Jobs that are read while they run. */
import { hasEnded, type Job, type StreamedJob } from '@plexus/core';
import type { infernetJobEndpoints } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import { type EventSink, EventStream } from '../event-stream.ts';
import { type Client, clientOf } from './client.ts';
import { isDelegated } from './delegated.ts';
import type { InfernetDeps } from './deps.ts';
import { refuse } from './errors.ts';
import type { Intake } from './intake.ts';
import { toJobResult } from './job-views.ts';
import { flag } from './jobs.ts';
import type { OwnJobs } from './own-jobs.ts';

type LiveHandlers = Pick<Handlers<typeof infernetJobEndpoints>, 'streamContainerJob' | 'watchContainerJob'>;

/** Whoever has left is noticed after this long at the latest. */
const LOOK_AGAIN_MS = 2000;

export function liveHandlers(
  { jobs, reported, guests }: Pick<InfernetDeps, 'jobs' | 'reported' | 'guests'>,
  { intake, own }: { readonly intake: Intake; readonly own: OwnJobs },
): LiveHandlers {
  const untilEnded = createWatch({ jobs, reported, own });
  return {
    async streamContainerJob({ body }, context) {
      if (isDelegated(body)) throw refuse(400, 'A subscription cannot be streamed', {});
      const job = intake.toJob(body, clientOf(context));
      await guests?.open(job.caller);
      const unsent = new AbortController();
      const signal = AbortSignal.any([context.signal, unsent.signal]);
      const params = { ...job.params, stream: true };
      const streamed = await jobs.stream({ ...job, params, detached: false, signal });
      return new EventStream({
        form: 'text',
        write: (sink) => writeStream(streamed, sink),
        abandon: () => unsent.abort(new Error('The answer could not be begun')),
      });
    },

    async watchContainerJob({ params: { job_id: asked }, query: { intermediate } }, context) {
      const client = clientOf(context);
      const { signal } = context;
      const first = await own.get(client, asked);
      const send = async (sink: EventSink, job: Job): Promise<void> => {
        await sink.send(`event: status\ndata: ${JSON.stringify(toJobResult(job, flag(intermediate) === true))}\n\n`);
      };
      return new EventStream({
        async write(sink) {
          await send(sink, first);
          if (hasEnded(first.state)) return;
          const last = await untilEnded(client, first.id, signal);
          if (last) await send(sink, last);
        },
        abandon: () => undefined,
      });
    },
  };
}

type Waits = Pick<InfernetDeps, 'jobs' | 'reported'> & { readonly own: OwnJobs };

/** Waits for a client's job: it when it has ended; nothing when its client has left before. */
function createWatch({ jobs, reported, own }: Waits) {
  async function later(client: Client, id: string): Promise<Job> {
    if (!reported.find(client.caller, id)) return await jobs.wait(client.caller, id, LOOK_AGAIN_MS);
    await reported.wait(id, LOOK_AGAIN_MS);
    return await own.get(client, id);
  }

  return async (client: Client, id: string, signal: AbortSignal): Promise<Job | undefined> => {
    while (!signal.aborted) {
      const job = await later(client, id);
      if (hasEnded(job.state)) return job;
    }
    return undefined;
  };
}

/** The id, the answer as it comes, and what went wrong, if anything did. */
async function writeStream({ job, isLive, pieces, ended }: StreamedJob, sink: EventSink): Promise<void> {
  await sink.send(`${job.id}\n`);
  // What is kept of one that has failed are its steps, and no answer.
  const isAnswer = isLive || job.state === 'completed';
  if (isAnswer) for await (const { text } of pieces) if (text !== '') await sink.send(text);
  const last = await ended;
  if (last.state === 'completed') return;
  const { result } = toJobResult(last, false);
  const error = result && 'error' in result ? result.error : last.state;
  await sink.send(`\n${JSON.stringify({ error })}\n`);
}
