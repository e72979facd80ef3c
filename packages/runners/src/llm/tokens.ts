import type { LlamaModel, Token } from './llama-binding.ts';

/** A token is rarely longer than this many characters; a first look at a long prompt takes so many a token. */
const CHARACTERS_PER_TOKEN = 8;
/** A cut through a character or a word may cost this many tokens. */
const CUT_MARGIN = 8;
/** Bytes of the longest character in UTF-8: so many tokens may have to be seen before it is whole. */
const MAX_CHARACTER_TOKENS = 4;
const REPLACEMENT = '\u{fffd}';
/** Earlier tokens that a tokenizer looks at to place spaces. */
const LOOK_BACK = 8;

export type Tokenized =
  | { readonly fits: true; readonly tokens: Token[] }
  | { readonly fits: false; readonly atLeast: number };

/**
 * Tokens of a prompt, or a lower bound of their number when they are too many. Tokenizing blocks the
 * process for a second per megabyte, so a long text is looked at from its beginning.
 */
export function tokenizeWithin(model: LlamaModel, text: string, limit: number): Tokenized {
  for (let length = limit * CHARACTERS_PER_TOKEN; length < text.length; length *= 2) {
    const atLeast = model.tokenize(text.slice(0, length), false).length - CUT_MARGIN;
    if (atLeast > limit) return { fits: false, atLeast };
  }
  const tokens = model.tokenize(text, false);
  return tokens.length > limit ? { fits: false, atLeast: tokens.length } : { fits: true, tokens };
}

export interface TokenDecoder {
  /** Text that is complete with this token. */
  push(token: Token): string;
  finish(): string;
}

/** Turns tokens into text; a character that is spread over tokens comes out when it is whole. */
export function createTokenDecoder(model: LlamaModel, prompt: readonly Token[]): TokenDecoder {
  let before = prompt.slice(-LOOK_BACK);
  let pending: Token[] = [];
  const take = (): string => {
    const text = model.detokenize(pending, false, before);
    before = [...before, ...pending].slice(-LOOK_BACK);
    pending = [];
    return text;
  };
  return {
    push(token) {
      pending.push(token);
      const whole = !model.detokenize(pending, false, before).endsWith(REPLACEMENT);
      return whole || pending.length >= MAX_CHARACTER_TOKENS ? take() : '';
    },
    finish: () => (pending.length > 0 ? take() : ''),
  };
}
