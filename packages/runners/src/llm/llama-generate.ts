import { RunError, type Resume, type RunContext } from '../runner.ts';
import type { Completion, FinishReason, LanguageRequest } from './engine.ts';
import type { LlamaGrammarState, LlamaModel, LlamaSequence, Token } from './llama-binding.ts';
import type { Lane } from './llama-lane.ts';
import type { Prompt } from './llama-prompt.ts';
import { tokensAfter } from './llama-tokens.ts';
import { createPieceWriter, type PieceWriter } from './piece-writer.ts';
import { createTokenDecoder, decodeAll, type TokenDecoder } from './tokens.ts';

export interface Generation {
  readonly model: LlamaModel;
  readonly sequence: LlamaSequence;
  readonly lane: Lane;
  readonly request: LanguageRequest;
  readonly prompt: Prompt;
  /** Led over the tokens of an earlier run already. */
  readonly grammar: LlamaGrammarState | undefined;
  readonly context: RunContext;
}

/**
 * Makes the answer to a request, or the rest of one.
 *
 * @throws {RunError} ENGINE_FAILED when what shall be gone on from was not made by these weights
 */
export async function generate(generation: Generation): Promise<Completion> {
  const { request, prompt, context } = generation;
  const { billedTokens: promptTokens, chatTemplate } = prompt;
  const stops = [...request.stop, ...prompt.endTexts];
  const writer = createPieceWriter({ stops, context, promptTokens: () => promptTokens });
  const finishReason = await write(generation, writer).catch((error: unknown): FinishReason => {
    if (context.signal.aborted) return 'cancelled';
    throw error;
  });
  return {
    text: writer.text(),
    promptTokens,
    completionTokens: writer.tokens(),
    finishReason,
    ...(chatTemplate !== undefined && { chatTemplate }),
  };
}

async function write(generation: Generation, writer: PieceWriter): Promise<FinishReason> {
  const { model, request, prompt } = generation;
  const made: Token[] = [...(request.resume?.tokenIds ?? [])];
  const decoder = createTokenDecoder(model, prompt.input);
  if (request.resume) {
    throwIfOther(request.resume, prompt);
    if (writer.replay(decodeAll(decoder, made), request.resume.text)) return 'stop';
  }
  const finishReason = await writeTokens(generation, { writer, decoder, made });
  const rest = decoder.finish();
  if (rest && (await writer.push(rest))) return 'stop';
  await writer.finish();
  return finishReason;
}

interface Writing {
  readonly writer: PieceWriter;
  readonly decoder: TokenDecoder;
  /** Grows by each token. */
  readonly made: Token[];
}

async function writeTokens(generation: Generation, { writer, decoder, made }: Writing): Promise<FinishReason> {
  const { model, request, prompt, context } = generation;
  for await (const token of tokensAfter(generation, made)) {
    if (model.isEogToken(token) || prompt.endTokens.has(token)) return 'stop';
    made.push(token);
    const unit = decoder.push(token);
    if (unit && (await writer.push(unit))) return 'stop';
    context.progress(Math.floor((100 * made.length) / request.maxTokens));
  }
  return 'length';
}

function throwIfOther({ promptTokens }: Resume, { billedTokens }: Prompt): void {
  if (promptTokens === billedTokens) return;
  const counts = `its prompt had ${promptTokens} tokens, here it has ${billedTokens}`;
  throw new RunError('ENGINE_FAILED', `The answer to go on with is not of this model: ${counts}`);
}
