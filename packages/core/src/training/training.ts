/** What one node said of itself after an outer round. */
export interface RoundReport {
  readonly nodeId: string;
  /** SHA-256 in hex over all weights after the outer step. */
  readonly weightsHash: string;
  readonly loss: number;
  /** Inner steps and tokens of this round. */
  readonly steps: number;
  readonly tokens: number;
  readonly shards: readonly number[];
}

/** A run of DiLoCo: nodes train alone for some inner steps, then all take the same outer step. */
export interface TrainingRun {
  readonly id: string;
  /** Inner steps between two outer ones. */
  readonly innerSteps: number;
  readonly startedAt: Date;
  readonly endedAt?: Date;
}

/** One outer round of a run, counted from 1. */
export interface TrainingRound {
  readonly runId: string;
  readonly round: number;
  /** Whether the pseudo-gradients were exchanged and the outer step was taken. */
  readonly succeeded: boolean;
  readonly endedAt: Date;
  readonly reports: readonly RoundReport[];
}

/** Begins a run, or ends it. */
export interface RecordRun {
  readonly type: 'recordRun';
  readonly run: TrainingRun;
}

/** Keeps what a round came to; a round is recorded once. */
export interface RecordRound {
  readonly type: 'recordRound';
  readonly round: TrainingRound;
}
