import type { EngineLook, ModelShape, Resume, RunContext } from '../runner.ts';

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** What form the answer must have; the schema is JSON Schema. */
export type ResponseFormat =
  | { readonly type: 'json_object' }
  | { readonly type: 'json_schema'; readonly schema: Readonly<Record<string, unknown>> };

/** A request in one form for every engine; defaults are filled in. */
export interface LanguageRequest {
  readonly prompt: string;
  /** Takes the place of the prompt: a conversation to answer by the model's own chat template. */
  readonly messages?: readonly ChatMessage[];
  /** The engine's first model where the request names none. */
  readonly model: string;
  readonly maxTokens: number;
  /** 0 takes the likeliest token each time. */
  readonly temperature: number;
  readonly topP: number;
  /** Only so many of the likeliest tokens; all without it. */
  readonly topK?: number;
  readonly seed: number | undefined;
  /** Texts that end the answer and are no part of it. */
  readonly stop: readonly string[];
  /** Lowers a token's chance for each time it was in the answer. */
  readonly frequencyPenalty?: number;
  /** Lowers the chance of every token that was in the answer. */
  readonly presencePenalty?: number;
  readonly responseFormat?: ResponseFormat;
  readonly resume?: Resume;
}

export type FinishReason = 'stop' | 'length' | 'content_filter' | 'cancelled';

export interface Completion {
  readonly text: string;
  readonly promptTokens: number;
  /** Exactly what the pieces add up to, those of earlier runs too. */
  readonly completionTokens: number;
  /** `cancelled` when the signal ended it and the engine could still count. */
  readonly finishReason: FinishReason;
  /** By which template a conversation became a prompt, where that is known. */
  readonly chatTemplate?: string;
}

/** What an engine can do beyond continuing a text. */
export type LanguageFeature = 'chat' | 'json_object' | 'json_schema' | 'penalties' | 'resume';

export interface LanguageEngine {
  /** The first one is the default. */
  readonly models: readonly string[];
  /** SHA-256 in hex of the weights of the models whose file is known. */
  readonly weights?: Readonly<Record<string, string>>;
  /** Of the first model, where its file is known. */
  readonly shape?: ModelShape;
  readonly features: readonly LanguageFeature[];
  readonly look?: EngineLook;
  /** What a receipt says about the engine and the model. */
  describe(model: string): Readonly<Record<string, string | number>>;
  /** Continues a text or answers a conversation, handing pieces on as they are made. */
  complete(request: LanguageRequest, context: RunContext): Promise<Completion>;
  close(): Promise<void>;
}
