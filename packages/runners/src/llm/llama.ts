import { createHash, randomInt } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { closedError, linkSignals, throwIfInterrupted } from '../interruption.ts';
import { RunError, type RunContext } from '../runner.ts';
import type { Completion, FinishReason, LanguageEngine, LanguageRequest } from './engine.ts';
import { LLAMA_ENGINE } from './install.ts';
import {
  acquireLlama,
  type GpuChoice,
  type LlamaModel,
  type LlamaSequence,
  llamaThreads,
  releaseLlama,
  type Token,
} from './llama-binding.ts';
import { createPool } from './sequence-pool.ts';
import { createStopEmitter } from './stop-emitter.ts';
import { createTokenDecoder, tokenizeWithin } from './tokens.ts';

/** Memory grows with the context; models trained on more are given this much. */
const MAX_CONTEXT_TOKENS = 8192;
/** A prompt is read in pieces of this size, so that it can be stopped between them. */
const BATCH_TOKENS = 512;
/** llama.cpp takes the greatest 32-bit number for "any seed". */
const MAX_SEED = 0xffff_fffe;

export interface LlamaEngineOptions {
  /** Where installLlama put it. */
  readonly installPath: string;
  readonly modelPath: string;
  readonly concurrency: number;
  readonly gpu: GpuChoice;
  readonly signal: AbortSignal;
}

/** Loads a GGUF into llama.cpp. Every request starts from an empty context, so equal requests give equal answers. */
export async function createLlamaEngine(options: LlamaEngineOptions): Promise<LanguageEngine> {
  const { modelPath, concurrency, signal } = options;
  const name = basename(modelPath).replace(/\.gguf$/i, '');
  const sha256 = await fileSha256(modelPath, signal);
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
    describe: () => ({ engine: LLAMA_ENGINE, model: name, model_sha256: sha256 }),
    async complete(request, context) {
      const sequence = await pool.take(context.signal);
      const either = linkSignals([context.signal, closing.signal]);
      try {
        const { signal: stop } = either;
        return await generate({ model: loaded.model, sequence, request, context: withSignal(context, stop) });
      } finally {
        either.unlink();
        pool.give(sequence);
      }
    },
    close: () => (closed ??= close()),
  };
}

function withSignal(context: RunContext, signal: AbortSignal): RunContext {
  return { signal, progress: (percent) => context.progress(percent), chunk: (piece) => context.chunk(piece) };
}

async function load({ installPath, modelPath, concurrency, gpu, signal }: LlamaEngineOptions) {
  const llama = await acquireLlama(installPath, gpu);
  let model: LlamaModel | undefined;
  try {
    model = await llama.loadModel({ modelPath, loadSignal: signal });
    const context = await model.createContext({
      sequences: concurrency,
      contextSize: { max: Math.min(model.trainContextSize, MAX_CONTEXT_TOKENS) },
      threads: llamaThreads(),
      createSignal: signal,
    });
    return { model, context, free: () => free([context, model]) };
  } catch (error) {
    await free([model]);
    throw error;
  }
}

async function free(owned: readonly ({ dispose(): Promise<void> } | undefined)[]): Promise<void> {
  for (const item of owned) await item?.dispose();
  await releaseLlama();
}

interface Generation {
  readonly model: LlamaModel;
  readonly sequence: LlamaSequence;
  readonly request: LanguageRequest;
  readonly context: RunContext;
}

async function generate(generation: Generation): Promise<Completion> {
  const { model, sequence, request, context } = generation;
  throwIfInterrupted(context.signal);
  const prompt = promptTokens(model, sequence, request.prompt);
  const emitter = createStopEmitter(request.stop, context);
  const decoder = createTokenDecoder(model, prompt);
  let completionTokens = 0;
  let finishReason: FinishReason = 'length';
  try {
    for await (const token of tokensAfter(generation, prompt)) {
      finishReason = 'stop';
      if (model.isEogToken(token)) break;
      completionTokens += 1;
      if (await emitter.push(decoder.push(token))) break;
      finishReason = 'length';
      context.progress(Math.floor((100 * completionTokens) / request.maxTokens));
    }
    if (!(await emitter.push(decoder.finish()))) await emitter.finish();
  } catch (error) {
    if (!context.signal.aborted) throw error;
    finishReason = 'cancelled';
  }
  return { text: emitter.text(), promptTokens: prompt.length, completionTokens, finishReason };
}

// The tokens that follow, as many as were asked for and the context has room for.
async function* tokensAfter(generation: Generation, prompt: readonly Token[]): AsyncGenerator<Token, void, undefined> {
  const { model, sequence, request, context } = generation;
  const input = withBeginning(model, prompt);
  let left = Math.min(request.maxTokens, sequence.contextSize - input.length);
  await sequence.clearHistory();
  throwIfInterrupted(context.signal);
  for (; input.length > BATCH_TOKENS; throwIfInterrupted(context.signal)) {
    await sequence.evaluateWithoutGeneratingNewTokens(input.splice(0, BATCH_TOKENS));
  }
  for await (const token of sequence.evaluate(input, sampling(request))) {
    throwIfInterrupted(context.signal);
    yield token;
    if (--left <= 0) return;
  }
}

/** The prompt's own tokens; one that the model wants before every text is not billed. */
function promptTokens(model: LlamaModel, { contextSize }: LlamaSequence, prompt: string): readonly Token[] {
  const limit = contextSize - 2;
  const tokenized = tokenizeWithin(model, prompt, limit);
  if (!tokenized.fits) {
    const figures = `at least ${tokenized.atLeast} tokens, and the model's context leaves room for ${limit}`;
    throw new RunError('INVALID_INPUT', `The prompt is too long: it has ${figures}`);
  }
  if (tokenized.tokens.length === 0) throw new RunError('INVALID_INPUT', 'The prompt is empty');
  return tokenized.tokens;
}

function withBeginning({ tokens }: LlamaModel, prompt: readonly Token[]): Token[] {
  return tokens.shouldPrependBosToken && tokens.bos !== null ? [tokens.bos, ...prompt] : [...prompt];
}

function sampling({ temperature, topP, seed }: LanguageRequest) {
  const chosen = Math.min(seed ?? randomInt(MAX_SEED), MAX_SEED);
  return { temperature, topP, topK: 0, seed: chosen, yieldEogToken: true };
}

async function fileSha256(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { signal })) hash.update(piece as Buffer);
  return hash.digest('hex');
}
