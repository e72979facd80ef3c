import { reasonOf } from '../interruption.ts';
import { RunError } from '../runner.ts';
import type { ChatMessage, LanguageRequest } from './engine.ts';
import type { ChatHistoryItem, ChatWrapper, LlamaModel, LlamaTextValue, Token } from './llama-binding.ts';
import { tokensBeyond } from './tokens.ts';

/** What a request becomes for the model. */
export interface Prompt {
  /** With the token that the model wants before every text, which is not billed. */
  readonly input: readonly Token[];
  readonly billedTokens: number;
  /** Tokens and texts by which the chat template knows the end of an answer. */
  readonly endTokens: ReadonlySet<Token>;
  readonly endTexts: readonly string[];
  readonly chatTemplate?: string;
}

export interface PromptOptions {
  readonly model: LlamaModel;
  readonly chat: ChatWrapper;
  /** Tokens that may be in it. */
  readonly limit: number;
}

/** @throws {RunError} INVALID_INPUT when it is empty or too long */
export function createPrompt(request: LanguageRequest, options: PromptOptions): Prompt {
  return request.messages ? chatPrompt(request.messages, options) : textPrompt(request.prompt, options);
}

function textPrompt(text: string, options: PromptOptions): Prompt {
  throwIfBeyond(text, options);
  const tokens = options.model.tokenize(text, false);
  return { ...withBeginning(tokens, options), endTokens: new Set(), endTexts: [] };
}

function chatPrompt(messages: readonly ChatMessage[], options: PromptOptions): Prompt {
  throwIfBeyond(messages.map(({ content }) => content).join('\n'), options);
  const { model, chat } = options;
  const state = contextState(messages, chat);
  const ends = state.stopGenerationTriggers.map((trigger) => endOf(trigger.values, model));
  return {
    ...withBeginning(state.contextText.tokenize(model.tokenizer), options),
    endTokens: new Set(ends.filter((end) => typeof end === 'number')),
    endTexts: ends.filter((end) => typeof end === 'string' && end !== '').map(String),
    chatTemplate: chat.wrapperName,
  };
}

/** Some templates raise errors of their own, for example where two messages of one role follow each other. */
function contextState(messages: readonly ChatMessage[], chat: ChatWrapper) {
  try {
    return chat.generateContextState({ chatHistory: chatHistory(messages) });
  } catch (error) {
    const message = `The model's chat template does not take these messages: ${reasonOf(error)}`;
    throw new RunError('INVALID_INPUT', message, { cause: error });
  }
}

/** The answer goes on from the last message when that is the assistant's. */
function chatHistory(messages: readonly ChatMessage[]): readonly ChatHistoryItem[] {
  const items = messages.map(({ role, content }): ChatHistoryItem =>
    role === 'assistant' ? { type: 'model', response: [content] } : { type: role, text: content },
  );
  return items.at(-1)?.type === 'model' ? items : [...items, { type: 'model', response: [] }];
}

/** A trigger's first special token ends an answer by itself: it is never text. Others are texts. */
function endOf(values: readonly LlamaTextValue[], { tokenizer }: LlamaModel): string | Token {
  const parts = values.flatMap((value): readonly (string | Token)[] => {
    if (typeof value === 'string') return [value];
    return 'tokenizeSpecialTokensOnly' in value
      ? value.tokenizeSpecialTokensOnly(tokenizer)
      : value.tokenize(tokenizer);
  });
  return parts.find((part) => typeof part === 'number') ?? parts.join('');
}

function withBeginning(tokens: readonly Token[], { model, limit }: PromptOptions) {
  const { bos, shouldPrependBosToken } = model.tokens;
  const hasBeginning = tokens[0] === bos && bos !== null;
  const billed = hasBeginning ? tokens.slice(1) : tokens;
  if (billed.length === 0) throw new RunError('INVALID_INPUT', 'The prompt is empty');
  if (billed.length > limit) throw tooLong(billed.length, limit);
  const isWanted = hasBeginning || shouldPrependBosToken;
  return { input: isWanted && bos !== null ? [bos, ...billed] : billed, billedTokens: billed.length };
}

function throwIfBeyond(text: string, { model, limit }: PromptOptions): void {
  const atLeast = tokensBeyond(model, text, limit);
  if (atLeast !== undefined) throw tooLong(atLeast, limit);
}

function tooLong(atLeast: number, limit: number): RunError {
  const figures = `at least ${atLeast} tokens, and the model's context leaves room for ${limit}`;
  return new RunError('INVALID_INPUT', `The prompt is too long: it has ${figures}`);
}
