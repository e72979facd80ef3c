import type { RunContext } from '../runner.ts';

/** A request in one form for every engine; defaults are filled in. */
export interface LanguageRequest {
  readonly prompt: string;
  /** The engine's first model where the request names none. */
  readonly model: string;
  readonly maxTokens: number;
  /** 0 takes the likeliest token each time. */
  readonly temperature: number;
  readonly topP: number;
  readonly seed: number | undefined;
  /** Texts that end the answer and are no part of it. */
  readonly stop: readonly string[];
}

export type FinishReason = 'stop' | 'length' | 'cancelled';

export interface Completion {
  readonly text: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** `cancelled` when the signal ended it and the engine could still count. */
  readonly finishReason: FinishReason;
}

export interface LanguageEngine {
  /** The first one is the default. */
  readonly models: readonly string[];
  /** What a receipt says about the engine and the model. */
  describe(model: string): Readonly<Record<string, string | number>>;
  /** Continues a text, handing pieces on as they are made. */
  complete(request: LanguageRequest, context: RunContext): Promise<Completion>;
  close(): Promise<void>;
}
