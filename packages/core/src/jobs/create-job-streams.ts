import { requireScope } from '../accounts/caller.ts';
import type { EventBus } from '../events/events.ts';
import { cancelWhenLeft } from './cancel-when-left.ts';
import type { Job } from './job.ts';
import type { JobIntake } from './job-intake.ts';
import type { JobKeeper } from './job-keeper.ts';
import type { JobStream } from './job-stream.ts';
import { type StallWatchDeps, watchStall } from './stall-watch.ts';
import type { JobStreams, StreamedJob, StreamPiece } from './streamed-job.ts';

export interface JobStreamsDeps extends StallWatchDeps {
  readonly intake: JobIntake;
  readonly keeper: JobKeeper;
  readonly events: EventBus;
  readonly clock: () => Date;
}

export function createJobStreams(deps: JobStreamsDeps): JobStreams {
  const { intake, keeper, events, clock } = deps;
  return {
    async stream(request) {
      requireScope(request.caller, 'submit');
      const opened = await intake.open(request);
      if (!('ended' in opened)) return replayed(opened);
      const { stream, ended } = opened;
      if (!stream) return replayed(await ended);
      if (request.signal) cancelWhenLeft(opened, request.signal, keeper);
      const end = () => stream.end();
      ended.then(end, end);
      watchStall(opened, stream, deps);
      await stream.begun;
      if (!stream.hasPieces) return replayed(await ended);
      const seconds = (clock().getTime() - opened.job.createdAt.getTime()) / 1000;
      events.emit({ type: 'stream_begun', job: opened.job, seconds });
      return { job: withModel(opened.job, stream), isLive: true, pieces: stream, ended };
    },
  };
}

/** The job with what is known of its model when it begins; at its end its node says it anew. */
function withModel(job: Job, { model }: JobStream): Job {
  if (!model || job.facts) return job;
  const facts = { model: model.name, ...(model.weights !== undefined && { model_sha256: model.weights }) };
  return { ...job, facts };
}

/** A job that has ended, as one piece. */
function replayed(job: Job): StreamedJob {
  const { result = '', facts } = job;
  const tokens = facts?.['completion_tokens'];
  const piece: StreamPiece = { text: result, tokens: typeof tokens === 'number' ? tokens : 0 };
  return { job, isLive: false, pieces: once(result === '' ? [] : [piece]), ended: Promise.resolve(job) };
}

async function* once(pieces: readonly StreamPiece[]): AsyncGenerator<StreamPiece> {
  yield* pieces;
}
