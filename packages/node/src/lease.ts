import type { TaskAssign } from '@plexus/protocol';
import type { RunResult } from '@plexus/runners';
import type { PieceStream } from './piece-stream.ts';

/** Work for which this node has the coordinator's word. */
export interface Lease {
  readonly assign: TaskAssign;
  readonly controller: AbortController;
  /** Only where pieces of the output are asked for. */
  readonly pieces: PieceStream | undefined;
  /** Wall clock in milliseconds, for the receipt. */
  readonly startedAtMs: number;
  /** Monotonic milliseconds, for durations. */
  readonly startedAt: number;
  /** `fresh` until the end of the turn it came in, `over` once nobody waits for it any more. */
  phase: 'fresh' | 'running' | 'finished' | 'over';
  deadline: NodeJS.Timeout | undefined;
  percent: number;
  /** Its answer, while that cannot be sent. */
  held: string | undefined;
}

export type RunOutcome = { readonly result: RunResult } | { readonly error: unknown };

/** A lease whose runner has come to an end. */
export interface Finished {
  readonly lease: Lease;
  readonly outcome: RunOutcome;
  readonly elapsedMs: number;
}
