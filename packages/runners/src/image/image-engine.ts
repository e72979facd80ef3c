/** What makes images of texts: the parts that differ between the APIs of servers. */

import type { EngineLook } from '../runner.ts';

export interface Painting {
  readonly prompt: string;
  readonly negativePrompt: string | undefined;
  readonly model: string;
  readonly width: number;
  readonly height: number;
  readonly count: number;
  readonly steps: number;
  readonly guidanceScale: number;
  readonly seed: number | undefined;
  readonly signal: AbortSignal;
  /** Called with how far it is, where the engine tells. */
  readonly onPercent: (percent: number) => void;
}

export interface Painted {
  readonly images: readonly Uint8Array[];
  /** For each image whether the engine took it for unsafe; empty where it does not look. */
  readonly unsafe: readonly boolean[];
  /** The seed of the first image, where the engine tells it. */
  readonly seed: number | undefined;
}

export interface ImageEngine {
  /** The API that it speaks. */
  readonly name: string;
  readonly models: readonly string[];
  readonly look?: EngineLook;
  /** @throws {RunError} */
  paint(painting: Painting): Promise<Painted>;
}
