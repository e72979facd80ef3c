import type { TaskAssign } from '@plexus/protocol';
import type { RunResult } from '@plexus/runners';
import type { Lease } from '../lease.ts';
import type { ServingMeter } from './serving-meter.ts';

/** Counts what a lease of the language model came to; of a stream that was broken off what was made, for it is paid. */
export function noteServed(meter: ServingMeter, lease: Lease, elapsedMs: number, result?: RunResult): void {
  const { assign, pieces } = lease;
  if (assign.task_type !== 'llm') return;
  if (result) meter.note(elapsedMs, tokensOf(result, assign));
  else if (pieces && pieces.tokens > 0) meter.note(elapsedMs, pieces.tokens);
}

/** What this node made of an answer: the tokens before it took over are another one's. */
function tokensOf({ metadata }: RunResult, { resume }: TaskAssign): number {
  const tokens = metadata['completion_tokens'];
  return typeof tokens === 'number' ? Math.max(0, tokens - (resume?.token_ids.length ?? 0)) : 0;
}
