import { randomInt } from 'node:crypto';
import type { LanguageRequest } from './engine.ts';
import type { LlamaGrammarState, LlamaSequence, SamplingOptions, Token } from './llama-binding.ts';
import type { Lane } from './llama-lane.ts';
import type { Prompt } from './llama-prompt.ts';

/** A prompt is read in pieces of this size, so that it can be stopped between them. */
const BATCH_TOKENS = 512;
/** llama.cpp takes the greatest 32-bit number for "any seed". */
const MAX_SEED = 0xffff_fffe;

interface TokenSource {
  readonly sequence: LlamaSequence;
  readonly lane: Lane;
  readonly request: LanguageRequest;
  readonly prompt: Prompt;
  readonly grammar: LlamaGrammarState | undefined;
}

/**
 * The tokens that follow, as many as were asked for and the context has room for. None is made before
 * it is asked for. `made` has those of an earlier run, and must have all by the time the next is asked for.
 *
 * @yields the end of the text too, as a token
 */
export async function* tokensAfter(
  source: TokenSource,
  made: readonly Token[],
): AsyncGenerator<Token, void, undefined> {
  const { sequence, lane, request, prompt } = source;
  let left = Math.min(request.maxTokens, sequence.contextSize - prompt.input.length) - made.length;
  if (left <= 0) return;
  await lane.run(() => sequence.clearHistory());
  const last = await readIn(source, made);
  const tokens = sequence.evaluate(last, sampling(source, made));
  try {
    for (; left > 0; left--) {
      const { done, value } = await lane.run(() => tokens.next());
      if (done === true) return;
      yield value;
    }
  } finally {
    lane.finish(() => tokens.return());
  }
}

/**
 * Reads in prompt and made tokens except the last batch. Batches of other sizes round otherwise: tokens of
 * an answer without chance are read one by one, as they were made, so that the same ones follow.
 */
async function readIn({ sequence, lane, request, prompt }: TokenSource, made: readonly Token[]): Promise<Token[]> {
  const madeBatch = request.temperature === 0 ? 1 : BATCH_TOKENS;
  const batches = [...inBatches(prompt.input, BATCH_TOKENS), ...inBatches(made, madeBatch)];
  const last = batches.pop() ?? [];
  for (const batch of batches) await lane.run(() => sequence.evaluateWithoutGeneratingNewTokens(batch));
  return last;
}

function inBatches(tokens: readonly Token[], size: number): Token[][] {
  const count = Math.ceil(tokens.length / size);
  return Array.from({ length: count }, (_none, i) => tokens.slice(i * size, (i + 1) * size));
}

function sampling({ request, grammar }: TokenSource, made: readonly Token[]): SamplingOptions {
  const { temperature, topP, topK = 0, maxTokens, frequencyPenalty = 0, presencePenalty = 0 } = request;
  const seed = Math.min(request.seed ?? randomInt(MAX_SEED), MAX_SEED);
  const punished = { punishTokens: () => [...made], maxPunishTokens: maxTokens, penalty: 1 };
  return {
    temperature,
    topP,
    topK,
    seed,
    yieldEogToken: true,
    ...(grammar && { grammarEvaluationState: grammar }),
    ...((frequencyPenalty !== 0 || presencePenalty !== 0) && {
      repeatPenalty: { ...punished, frequencyPenalty, presencePenalty },
    }),
  };
}
