/**
 * The part of node-llama-cpp that is used here. It is loaded from a folder of its own, because it is
 * too large to be a dependency; see docs/decisions/0005-libraries.md.
 */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export type Token = number;

export interface SamplingOptions {
  readonly temperature: number;
  readonly topP: number;
  /** 0: all of the vocabulary. */
  readonly topK: number;
  readonly seed: number;
  readonly yieldEogToken: boolean;
  readonly grammarEvaluationState?: LlamaGrammarState;
  readonly repeatPenalty?: {
    punishTokens(): Token[];
    readonly maxPunishTokens: number;
    readonly penalty: number;
    readonly frequencyPenalty: number;
    readonly presencePenalty: number;
  };
}

export interface LlamaSequence {
  readonly contextSize: number;
  clearHistory(): Promise<void>;
  evaluateWithoutGeneratingNewTokens(tokens: Token[]): Promise<void>;
  evaluate(tokens: Token[], options: SamplingOptions): AsyncGenerator<Token, void, undefined>;
}

interface LlamaContext {
  getSequence(): LlamaSequence;
  dispose(): Promise<void>;
}

interface ContextOptions {
  readonly sequences: number;
  readonly contextSize: { readonly max: number };
  readonly threads: number;
  readonly createSignal: AbortSignal;
}

declare const tokenizerBrand: unique symbol;
type Tokenizer = { readonly [tokenizerBrand]: true };

export interface LlamaModel {
  readonly trainContextSize: number;
  readonly tokens: { readonly bos: Token | null; readonly eos: Token | null; readonly shouldPrependBosToken: boolean };
  readonly fileInfo: {
    readonly metadata: { readonly tokenizer?: { readonly ggml?: { readonly tokens?: unknown[] } } };
  };
  readonly tokenizer: Tokenizer;
  tokenize(text: string, specialTokens: boolean): Token[];
  detokenize(tokens: readonly Token[], specialTokens: boolean, lastTokens: readonly Token[]): string;
  isEogToken(token: Token): boolean;
  createContext(options: ContextOptions): Promise<LlamaContext>;
  dispose(): Promise<void>;
}

export interface LlamaGrammar {
  readonly grammar: string;
}

/** Which texts a grammar still allows; made anew for each answer. */
export interface LlamaGrammarState {
  /** The binding's own part, for `acceptGrammarToken`. */
  readonly _state: object;
}

interface Llama {
  /** Not a part of the documented interface, but the only way to lead a grammar over given tokens. */
  readonly _bindings: {
    readonly AddonSampler: { acceptGrammarEvaluationStateToken(state: object, token: Token): void };
  };
  loadModel(options: { readonly modelPath: string; readonly loadSignal: AbortSignal }): Promise<LlamaModel>;
  createGrammar(options: { readonly grammar: string }): Promise<LlamaGrammar>;
  createGrammarForJsonSchema(schema: object): Promise<LlamaGrammar>;
  dispose(): Promise<void>;
}

/** A part of a text for the model: plain text, a special token by name, or text with special tokens in it. */
export type LlamaTextValue =
  | string
  | { tokenize(tokenizer: Tokenizer): Token[] }
  | { tokenizeSpecialTokensOnly(tokenizer: Tokenizer): (string | Token)[] };

interface LlamaText {
  readonly values: readonly LlamaTextValue[];
  tokenize(tokenizer: Tokenizer): Token[];
}

export type ChatHistoryItem =
  | { readonly type: 'system' | 'user'; readonly text: string }
  | { readonly type: 'model'; readonly response: readonly string[] };

export interface ChatWrapper {
  readonly wrapperName: string;
  generateContextState(options: { readonly chatHistory: readonly ChatHistoryItem[] }): {
    readonly contextText: LlamaText;
    readonly stopGenerationTriggers: readonly LlamaText[];
  };
}

export type GpuChoice = 'auto' | false;

interface LlamaModule {
  getLlama(options: {
    readonly gpu: GpuChoice;
    readonly build: 'never';
    readonly skipDownload: true;
    readonly progressLogs: false;
    readonly logLevel: 'error';
    readonly maxThreads: number;
    logger(level: string, message: string): void;
  }): Promise<Llama>;
  /** The wrapper of the model's own template; the general one where it has none. */
  resolveChatWrapper(model: LlamaModel, options: { readonly warningLogs: false }): ChatWrapper;
  readonly LlamaGrammarEvaluationState: new (options: {
    readonly model: LlamaModel;
    readonly grammar: LlamaGrammar;
  }) => LlamaGrammarState;
}

export interface LoadedLlama {
  readonly llama: Llama;
  readonly module: LlamaModule;
}

const MAX_THREADS = 16;

/** Never all cores: two llama threads on a busy two-core machine are ten times slower than one. */
export function llamaThreads(most = MAX_THREADS): number {
  return Math.max(1, Math.min(availableParallelism() - 1, MAX_THREADS, most));
}

/** llama.cpp keeps process-wide state, so all models of a process share one instance. */
let shared: { readonly loading: Promise<LoadedLlama>; users: number } | undefined;

/** Takes the process's one llama.cpp, loading it from its installation for the first user. */
export async function acquireLlama(installPath: string, gpu: GpuChoice): Promise<LoadedLlama> {
  shared ??= { loading: loadLlama(installPath, gpu), users: 0 };
  const mine = shared;
  mine.users += 1;
  try {
    return await mine.loading;
  } catch (error) {
    if (shared === mine) shared = undefined;
    throw error;
  }
}

/** Gives it back; the last user frees it. */
export async function releaseLlama(): Promise<void> {
  if (!shared) return;
  shared.users -= 1;
  if (shared.users > 0) return;
  const { loading } = shared;
  shared = undefined;
  const { llama } = await loading;
  await llama.dispose();
}

async function loadLlama(installPath: string, gpu: GpuChoice): Promise<LoadedLlama> {
  const module = await importLlama(installPath);
  const llama = await module.getLlama({
    gpu,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: 'error',
    maxThreads: llamaThreads(),
    logger: () => undefined,
  });
  return { llama, module };
}

async function importLlama(installPath: string): Promise<LlamaModule> {
  const folder = join(installPath, 'node_modules', 'node-llama-cpp');
  const manifest: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const entry = entryOf(manifest);
  if (entry === undefined) throw new Error('node-llama-cpp has no entry for import');
  // The module is not there when this is compiled; the version is pinned and the interfaces above are its.
  return (await import(pathToFileURL(join(folder, entry)).href)) as LlamaModule;
}

function entryOf(manifest: unknown): string | undefined {
  const { exports } = manifest as { exports?: { '.'?: { import?: unknown } } };
  const entry = exports?.['.']?.import;
  return typeof entry === 'string' ? entry : undefined;
}
