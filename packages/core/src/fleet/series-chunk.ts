import type { WorkerStatus } from './worker-state.ts';

/** How far the points of a chunk stand apart: as they came, or 5 minutes, or an hour. */
export type Resolution = 'raw' | '5min' | '1h';

/** What is known of a worker at one time, or over the time that begins there. Counters are as they stood at its end. */
export interface SeriesPoint {
  readonly at: Date;
  readonly status: WorkerStatus;
  /** Times that it was asked, and that it answered. */
  readonly polls: number;
  readonly answers: number;
  /** Percent, mean. */
  readonly gpuUtilization?: number;
  /** Degrees Celsius, the highest. */
  readonly gpuTemperature?: number;
  /** Milliseconds, mean. */
  readonly latencyMs?: number;
  /** As the worker says it; nanoTON. */
  readonly revenueSaid?: number;
  readonly requestsSaid?: number;
  /** All that it ever earned and answered; nanoTON. */
  readonly revenue: number;
  readonly requests: number;
}

/** Points of one worker one after another, which are kept together. */
export interface SeriesChunk extends ChunkKey {
  readonly points: readonly SeriesPoint[];
}

export interface ChunkKey {
  readonly workerId: number;
  readonly resolution: Resolution;
  /** Of its first point, or of the time that it covers. */
  readonly startAt: Date;
}

/** A chunk as it is written: one text for all points, which costs a thread or a database a tenth of what they would. */
export interface PackedChunk extends ChunkKey {
  readonly points: string;
}
