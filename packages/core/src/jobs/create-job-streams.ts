import { requireScope } from '../accounts/caller.ts';
import { cancelWhenLeft } from './cancel-when-left.ts';
import type { Job } from './job.ts';
import type { JobIntake } from './job-intake.ts';
import type { JobKeeper } from './job-keeper.ts';
import type { JobStreams, StreamedJob, StreamPiece } from './streamed-job.ts';

export interface JobStreamsDeps {
  readonly intake: JobIntake;
  readonly keeper: JobKeeper;
}

export function createJobStreams({ intake, keeper }: JobStreamsDeps): JobStreams {
  return {
    async stream(request) {
      requireScope(request.caller, 'submit');
      const opened = await intake.open(request);
      if (!('ended' in opened)) return replayed(opened);
      const { stream, ended } = opened;
      if (!stream) return replayed(await ended);
      cancelWhenLeft(opened, request.signal, keeper);
      const end = () => stream.end();
      ended.then(end, end);
      await stream.begun;
      return { job: opened.job, pieces: stream, ended };
    },
  };
}

/** A job that has ended, as one piece. */
function replayed(job: Job): StreamedJob {
  const { result = '', facts } = job;
  const tokens = facts?.['completion_tokens'];
  const piece: StreamPiece = { text: result, tokens: typeof tokens === 'number' ? tokens : 0 };
  return { job, pieces: once(result === '' ? [] : [piece]), ended: Promise.resolve(job) };
}

async function* once(pieces: readonly StreamPiece[]): AsyncGenerator<StreamPiece> {
  yield* pieces;
}
