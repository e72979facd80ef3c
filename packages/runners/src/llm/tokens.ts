import type { LlamaModel, Token } from './llama-binding.ts';
import type { TokenText } from './token-line.ts';

/** A token is rarely longer than this many characters; a first look at a long prompt takes so many a token. */
const CHARACTERS_PER_TOKEN = 8;
/** A cut through a character or a word may cost this many tokens. */
const CUT_MARGIN = 8;
/** Bytes of the longest character in UTF-8: so many tokens may have to be seen before it is whole. */
const MAX_CHARACTER_TOKENS = 4;
const REPLACEMENT = '\u{fffd}';
/** Earlier tokens that a tokenizer looks at to place spaces. */
const LOOK_BACK = 8;

/**
 * A lower bound of a text's tokens when they are more than a limit. Tokenizing blocks the process for
 * a second per megabyte, so a long text is looked at from its beginning.
 */
export function tokensBeyond(model: LlamaModel, text: string, limit: number): number | undefined {
  for (let length = limit * CHARACTERS_PER_TOKEN; length < text.length; length *= 2) {
    const atLeast = model.tokenize(text.slice(0, length), false).length - CUT_MARGIN;
    if (atLeast > limit) return atLeast;
  }
  return undefined;
}

export interface TokenDecoder {
  /** Text that is complete with this token, and all the tokens it took. */
  push(token: Token): TokenText | undefined;
  /** What is left of a character that never became whole. */
  finish(): TokenText | undefined;
}

/** Turns tokens into text; a character that is spread over tokens comes out when it is whole. */
export function createTokenDecoder(model: LlamaModel, prompt: readonly Token[]): TokenDecoder {
  let before = prompt.slice(-LOOK_BACK);
  let pending: Token[] = [];
  const take = (text: string): TokenText => {
    const tokenIds = pending;
    before = [...before, ...pending].slice(-LOOK_BACK);
    pending = [];
    return { text, tokens: tokenIds.length, tokenIds };
  };
  const pendingText = (): string => model.detokenize(pending, false, before);
  return {
    push(token) {
      pending.push(token);
      const text = pendingText();
      const isWhole = !text.endsWith(REPLACEMENT) || pending.length >= MAX_CHARACTER_TOKENS;
      return isWhole ? take(text) : undefined;
    },
    finish: () => (pending.length > 0 ? take(pendingText()) : undefined),
  };
}

/** The same, for tokens that are all known. */
export function decodeAll(decoder: TokenDecoder, tokens: readonly Token[]): readonly TokenText[] {
  return [...tokens.map((token) => decoder.push(token)), decoder.finish()].filter((unit) => unit !== undefined);
}
