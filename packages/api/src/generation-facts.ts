/** What a job of a language model says of itself, for every dialect that asks for text. */
import type { Job } from '@plexus/core';
import type { Context } from './dialect.ts';

/** Tokens as the engine counts them. */
export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

/** The engine's own counts. A node that states none has still counted what is billed. */
export function usageOf({ facts, units = 0 }: Job): Usage {
  const completion = countOf(facts?.['completion_tokens']) ?? 0;
  const prompt = countOf(facts?.['prompt_tokens']) ?? Math.max(0, units - completion);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

function countOf(fact: string | number | undefined): number | undefined {
  return typeof fact === 'number' ? fact : undefined;
}

export function finishReason({ facts }: Job): string {
  const reason = facts?.['finish_reason'];
  return typeof reason === 'string' ? reason : 'stop';
}

/** Says in the headers which job and which node answers. */
export function tellJob({ id, nodeId }: Job, context: Pick<Context, 'setHeader'>): void {
  context.setHeader('x-plexus-job', id);
  if (nodeId !== undefined) context.setHeader('x-plexus-node', nodeId);
}
