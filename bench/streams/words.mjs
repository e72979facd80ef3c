/** The text that all engines of this benchmark make: a token is a blank and its number, so that none can be missed. */

export const MODEL = 'bench';
export const PROMPT = 'Count as far as you may.';
export const PROMPT_TOKENS = 12;
export const TOKEN_CHARACTERS = 5;

/** @param {number} index from 0 */
export function tokenText(index) {
  return ` ${String(index % 10_000).padStart(TOKEN_CHARACTERS - 1, '0')}`;
}

/** @param {number} tokens */
export function wholeText(tokens) {
  return Array.from({ length: tokens }, (_, index) => tokenText(index)).join('');
}
