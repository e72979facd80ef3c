/** Reads one streamed answer as it comes, and finds out whether all of it is there and right. */
import { createChunkReader } from './chunked.mjs';
import { PROMPT_TOKENS, TOKEN_CHARACTERS } from './words.mjs';

const CONTENT = '"content":"';
const FINISH = '"finish_reason":"length"';
const USAGE = /"prompt_tokens":(\d+),"completion_tokens":(\d+)/;

/** @typedef {ReturnType<typeof createAnswer>} Answer */

/** @param {string} whole the text that is due */
export function createAnswer(whole) {
  const chunks = createChunkReader();
  let events = '';
  let offset = 0;
  let hasFinish = false;
  let isDone = false;
  let completionTokens = -1;

  /** @param {string} event @returns {number} its tokens */
  function readEvent(event) {
    const begin = event.indexOf(CONTENT);
    if (begin >= 0) return readContent(event, begin + CONTENT.length);
    if (event === 'data: [DONE]') isDone = true;
    else if (event.includes(FINISH)) hasFinish = true;
    else if (event.includes('"error"')) throw new Error(`an error event: ${event}`);
    const usage = USAGE.exec(event);
    if (usage && Number(usage[1]) === PROMPT_TOKENS) completionTokens = Number(usage[2]);
    return 0;
  }

  /** @param {string} event @param {number} begin */
  function readContent(event, begin) {
    const text = event.slice(begin, event.indexOf('"', begin));
    if (!whole.startsWith(text, offset)) throw new Error(`another text at character ${offset}: ${event}`);
    offset += text.length;
    return text.length / TOKEN_CHARACTERS;
  }

  return {
    /** @param {string} text what came @returns {number} tokens that it had */
    push(text) {
      events += chunks.push(text);
      let tokens = 0;
      let from = 0;
      for (let end = events.indexOf('\n\n'); end >= 0; end = events.indexOf('\n\n', from)) {
        tokens += readEvent(events.slice(from, end));
        from = end + 2;
      }
      events = events.slice(from);
      return tokens;
    },
    get hasEnded() {
      return chunks.hasEnded;
    },
    /** What is wrong with an answer that has ended. */
    fault() {
      const tokens = offset / TOKEN_CHARACTERS;
      if (offset !== whole.length) return `a stream ended after ${tokens} tokens`;
      if (!hasFinish || !isDone) return 'a stream ended without a finish_reason and [DONE]';
      return completionTokens === tokens ? undefined : `usage says ${completionTokens} tokens of ${tokens}`;
    },
  };
}
