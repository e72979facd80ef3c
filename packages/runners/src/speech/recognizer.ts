/** What listens: the parts of speech recognition that differ between engines. */

import type { EngineLook } from '../runner.ts';

export interface Segment {
  /** Seconds since the beginning. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Transcript {
  readonly text: string;
  readonly language: string;
  readonly segments: readonly Segment[];
  /** What the engine calls the weights that have listened. */
  readonly model: string;
  readonly elapsedMs: number;
}

export interface Listening {
  /** A folder of the host, and the name in it of a sound of one channel, 16,000 samples a second and 16 bits each. */
  readonly folder: string;
  readonly name: string;
  /** Seconds of sound. */
  readonly duration: number;
  readonly task: 'transcribe' | 'translate';
  /** A code of the web, or undefined when it is to be found out. */
  readonly language: string | undefined;
  readonly model: string;
  readonly temperature: number;
  readonly prompt: string | undefined;
  readonly signal: AbortSignal;
  progress(percent: number): void;
}

export interface Recognizer {
  /** What it is, for the result and the receipt: never another engine's name. */
  readonly name: string;
  /** Names that requests may ask for, the usual one first. */
  readonly models: readonly string[];
  /** Languages that it knows; empty when they are too many to say. */
  readonly languages: readonly string[];
  readonly look?: EngineLook;
  /** @throws {RunError} */
  listen(listening: Listening): Promise<Transcript>;
}
