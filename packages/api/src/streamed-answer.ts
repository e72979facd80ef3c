import { hasEnded, type Job, type StreamedJob } from '@plexus/core';
import type { Context } from './dialect.ts';
import { type EventSink, EventStream } from './event-stream.ts';
import { tellJob } from './generation-facts.ts';
import { createLeaving } from './leaving.ts';
import type { OpenStreams } from './open-streams.ts';

/** What is a dialect's own of a stream. */
export interface StreamParts {
  readonly openStreams: OpenStreams;
  /** Whether the job goes on without its client. */
  readonly isBackground: boolean;
  begin(reader: { readonly signal?: AbortSignal }): Promise<StreamedJob>;
  /** Refuses a job that has ended without a text, in the dialect's words. */
  requireText(job: Job): void;
  write(streamed: StreamedJob, sink: EventSink): Promise<void>;
}

/** The answer that streams a job, once the job has begun; it is cancelled when its client goes away. */
export async function streamedAnswer(context: Context<'key'>, parts: StreamParts): Promise<EventStream> {
  const { openStreams, isBackground } = parts;
  const close = openStreams.open(context);
  try {
    const leaving = createLeaving(context, isBackground);
    const streamed = await parts.begin(isBackground ? {} : { signal: leaving.signal });
    if (hasEnded(streamed.job.state)) parts.requireText(streamed.job);
    tellJob(streamed.job, context);
    return new EventStream({
      write(sink) {
        leaving.begin();
        return parts.write(streamed, sink).finally(close);
      },
      abandon() {
        leaving.leave();
        close();
      },
    });
  } catch (error) {
    close();
    throw error;
  }
}
