import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { closedError, linkSignals } from '../interruption.ts';
import { RunError, type RunContext } from '../runner.ts';
import type { Completion, LanguageEngine, LanguageFeature, LanguageRequest } from './engine.ts';
import { readModelShape } from './gguf-header.ts';
import { LLAMA_ENGINE } from './install.ts';
import {
  acquireLlama,
  type ChatWrapper,
  type GpuChoice,
  type LlamaModel,
  type LlamaSequence,
  llamaThreads,
  type LoadedLlama,
  releaseLlama,
} from './llama-binding.ts';
import { generate } from './llama-generate.ts';
import { canFollowGrammar, createGrammarState } from './llama-grammar.ts';
import { createLane, type Lane } from './llama-lane.ts';
import { createPrompt } from './llama-prompt.ts';
import { createPool } from './sequence-pool.ts';

/** Memory grows with the context; models trained on more are given this much. */
const MAX_CONTEXT_TOKENS = 8192;
export interface LlamaEngineOptions {
  /** Where installLlama put it. */
  readonly installPath: string;
  readonly modelPath: string;
  readonly concurrency: number;
  readonly gpu: GpuChoice;
  /** At most. */
  readonly threads?: number;
  readonly signal: AbortSignal;
}

/** Loads a GGUF into llama.cpp. Every request starts from an empty context, so equal requests give equal answers. */
export async function createLlamaEngine(options: LlamaEngineOptions): Promise<LanguageEngine> {
  const { modelPath, concurrency, signal } = options;
  const name = basename(modelPath).replace(/\.gguf$/i, '');
  const sha256 = await fileSha256(modelPath, signal);
  const shape = await readModelShape(modelPath);
  const loaded = await load(options);
  const sequences = Array.from({ length: concurrency }, () => loaded.context.getSequence());
  const pool = createPool(sequences);
  const closing = new AbortController();
  let closed: Promise<void> | undefined;

  async function close(): Promise<void> {
    closing.abort(closedError());
    await pool.close();
    await loaded.free();
  }

  return {
    models: [name],
    weights: { [name]: sha256 },
    shape,
    features: featuresOf(loaded.model),
    describe: () => ({ engine: LLAMA_ENGINE, model: name, model_sha256: sha256 }),
    async complete(request, context) {
      const sequence = await pool.take(context.signal);
      const either = linkSignals([context.signal, closing.signal]);
      const lane = createLane(either.signal);
      try {
        return await answer({ ...loaded, sequence, lane }, request, withSignal(context, either.signal));
      } finally {
        either.unlink();
        void lane.idle().then(() => pool.give(sequence));
      }
    },
    close: () => (closed ??= close()),
  };
}

interface Tools extends LoadedLlama {
  readonly model: LlamaModel;
  readonly chat: ChatWrapper;
  readonly sequence: LlamaSequence;
  readonly lane: Lane;
}

async function answer(tools: Tools, request: LanguageRequest, context: RunContext): Promise<Completion> {
  const { model, chat, sequence, lane } = tools;
  const made = request.resume?.tokenIds ?? [];
  throwOnUnknown(made, model);
  const prompt = createPrompt(request, { model, chat, limit: sequence.contextSize - 2 });
  const format = request.responseFormat;
  const grammar = format && (await createGrammarState({ ...tools, format, made }));
  return generate({ model, sequence, lane, request, prompt, grammar, context });
}

function featuresOf(model: LlamaModel): readonly LanguageFeature[] {
  const forms = canFollowGrammar(model) ? (['json_object', 'json_schema'] as const) : [];
  return ['chat', ...forms, 'penalties', ...(vocabularySize(model) > 0 ? (['resume'] as const) : [])];
}

/** 0 where the file does not say. */
function vocabularySize({ fileInfo }: LlamaModel): number {
  return fileInfo.metadata.tokenizer?.ggml?.tokens?.length ?? 0;
}

/** A token that the model does not have would end the process. */
function throwOnUnknown(tokens: readonly number[], model: LlamaModel): void {
  const size = vocabularySize(model);
  if (tokens.every((token) => Number.isInteger(token) && token >= 0 && token < size)) return;
  throw new RunError('ENGINE_FAILED', 'The answer to go on with has tokens that this model has not');
}

function withSignal(context: RunContext, signal: AbortSignal): RunContext {
  return { signal, progress: (percent) => context.progress(percent), chunk: (piece) => context.chunk(piece) };
}

async function load({ installPath, modelPath, concurrency, gpu, threads, signal }: LlamaEngineOptions) {
  const { llama, module } = await acquireLlama(installPath, gpu);
  let model: LlamaModel | undefined;
  try {
    model = await llama.loadModel({ modelPath, loadSignal: signal });
    const context = await model.createContext({
      sequences: concurrency,
      contextSize: { max: Math.min(model.trainContextSize, MAX_CONTEXT_TOKENS) },
      threads: llamaThreads(threads),
      createSignal: signal,
    });
    const chat = module.resolveChatWrapper(model, { warningLogs: false });
    return { llama, module, model, chat, context, free: () => free([context, model]) };
  } catch (error) {
    await free([model]);
    throw error;
  }
}

async function free(owned: readonly ({ dispose(): Promise<void> } | undefined)[]): Promise<void> {
  for (const item of owned) await item?.dispose();
  await releaseLlama();
}

async function fileSha256(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { signal })) hash.update(piece as Buffer);
  return hash.digest('hex');
}
