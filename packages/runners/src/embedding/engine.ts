import type { EngineLook } from '../runner.ts';

export interface EmbeddingCall {
  readonly texts: readonly string[];
  readonly model: string;
  readonly signal: AbortSignal;
  /** Told after each text. */
  readonly onText: (done: number) => void;
}

/** In the order of the texts. */
export interface Embedded {
  /** Of unit length. */
  readonly vectors: readonly (readonly number[])[];
  /** By the model's own tokenizer. */
  readonly tokens: readonly number[];
}

export interface EmbeddingEngine {
  /** The first one is the default. */
  readonly models: readonly string[];
  /** How long its vectors are, where it has one model and that is known. */
  readonly dimensions?: number;
  /** SHA-256 in hex of the weights of the models whose file is known. */
  readonly weights?: Readonly<Record<string, string>>;
  readonly look?: EngineLook;
  /** What a receipt says about the engine and the model. */
  describe(model: string): Readonly<Record<string, string | number>>;
  /** @throws {RunError} INVALID_INPUT when a text is too long for the model */
  embed(call: EmbeddingCall): Promise<Embedded>;
  close(): Promise<void>;
}
