/** What chat completions and completions are alike in: a text that is answered whole, or while it is made. */
import type { Job } from '@plexus/core';
import type { ChunkHead, ChunkWriter } from './chunks.ts';
import { finishReason, usageOf } from '../generation-facts.ts';
import { toPlexus } from './job-views.ts';
import type { Run, Runs } from './runs.ts';
import { headOf, streamPieces } from './stream-pieces.ts';

/** How one endpoint writes a text. */
export interface TextForm<O extends string, C> {
  readonly idPrefix: string;
  readonly object: O;
  readonly chunks: (head: ChunkHead, withUsage: boolean) => ChunkWriter;
  readonly toChoice: (text: string, finishReason: string) => C;
}

interface Asked {
  readonly run: Run;
  readonly body: {
    readonly model: string;
    readonly stream?: boolean | null;
    readonly stream_options?: { readonly include_usage?: boolean | null } | null;
  };
  readonly context: Parameters<Runs['answer']>[1];
}

/** Answers in the form that was asked for. */
export async function answerText<O extends string, C>(form: TextForm<O, C>, { run, body, context }: Asked, runs: Runs) {
  if (body.stream !== true) return await runs.answer(run, context, (job) => toAnswer(form, job, body.model));
  const withUsage = body.stream_options?.include_usage === true;
  return await runs.stream(run, context, async (streamed, sink) => {
    const chunks = form.chunks(headOf(streamed.job, form.idPrefix, body.model), withUsage);
    await streamPieces({ streamed, chunks, withUsage }, sink);
  });
}

function toAnswer<O extends string, C>({ idPrefix, object, toChoice }: TextForm<O, C>, job: Job, asked: string) {
  const choices = [toChoice(job.result ?? '', finishReason(job))];
  return { ...headOf(job, idPrefix, asked), object, choices, usage: usageOf(job), plexus: toPlexus(job) };
}
