import type { Job, StreamedJob } from '@plexus/core';
import type { EventSink } from '../event-stream.ts';
import { type ChunkHead, type ChunkWriter, DONE } from './chunks.ts';
import { requireCompleted } from './job-failures.ts';
import { finishReason, usageOf } from '../generation-facts.ts';
import { createdAt, fingerprintOf, modelName } from './job-views.ts';

/** What a stream is made of. */
export interface Pieces {
  readonly streamed: StreamedJob;
  readonly chunks: ChunkWriter;
  readonly withUsage: boolean;
}

export function headOf(job: Job, idPrefix: string, asked: string): ChunkHead {
  return { id: idPrefix + job.id, created: createdAt(job), model: modelName(job, asked), ...fingerprintOf(job) };
}

/**
 * Writes a job's pieces as they come, then its end. When the client is gone it reads on without writing, until the
 * job, which is told so by its signal, has ended.
 *
 * @throws {Refusal} when the job did not complete
 */
export async function streamPieces({ streamed, chunks, withUsage }: Pieces, sink: EventSink): Promise<void> {
  const { pieces, ended } = streamed;
  // It is awaited after the pieces; when those fail first, theirs is the reason.
  ended.catch(() => undefined).finally(() => sink.hurry());
  let start = chunks.beginning;
  let isEmpty = true;
  for await (const { text } of pieces) {
    isEmpty = false;
    const full = sink.send(start + chunks.piece(text));
    start = '';
    if (full) await full;
  }
  const job = await ended;
  requireCompleted(job);
  // The answer of an earlier request has no pieces any more.
  const whole = isEmpty && job.result ? chunks.piece(job.result) : '';
  const usage = withUsage ? chunks.usage(usageOf(job)) : '';
  await sink.send(start + whole + chunks.end(finishReason(job)) + usage + DONE);
}
