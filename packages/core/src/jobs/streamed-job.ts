import type { Job } from './job.ts';
import type { SubmitJob } from './job-service.ts';

/** A piece of a job's output that was delivered in order, without loss or repetition, whichever nodes made it. */
export interface StreamPiece {
  readonly text: string;
  /** Tokens that it stands for. */
  readonly tokens: number;
}

/** A job whose output is read while it is made. */
export interface StreamedJob {
  /** The job when its first piece came, or when it ended without one. */
  readonly job: Job;
  /** Whether the pieces come as they are made; else they are what is kept of a job that had ended. */
  readonly isLive: boolean;
  /** Ends when the job has ended. Whoever does not read on holds the node back, and in the end the job's deadline. */
  readonly pieces: AsyncIterable<StreamPiece>;
  /** The job as it ended, once that is on disk. Its cost covers the delivered pieces, whatever the end. */
  readonly ended: Promise<Job>;
}

/** What a streamed job is asked for. */
export interface StreamRequest extends SubmitJob {
  /**
   * Ends when nobody reads any more: the job is then cancelled, and what was delivered until then is charged. Without it
   * the job goes on, and its result can be fetched.
   */
  readonly signal?: AbortSignal;
}

/** Jobs whose output is read while it is made. */
export interface JobStreams {
  /**
   * Submits a job and waits until a node has begun it, or it has ended.
   *
   * @throws {DomainError} as `JobService.submit`
   */
  stream(request: StreamRequest): Promise<StreamedJob>;
}
