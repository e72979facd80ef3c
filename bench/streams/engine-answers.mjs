/** The bytes of an engine's answers, each made once: HTTP chunks with the events of OpenAI's streams. */
import { MODEL, PROMPT_TOKENS, tokenText } from './words.mjs';

const HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n' +
  'connection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';

/**
 * What a request asks for.
 *
 * @typedef {{ isChat: boolean, tokens: number, withUsage: boolean, withCounts: boolean }} Asked `withCounts`: vLLM's
 *   extension, usage in every event
 */

/** The writes of answers, one a token; the first has the head, the last all that ends the stream. */
export function createAnswers() {
  /** @type {Map<string, readonly Buffer[]>} */
  const made = new Map();
  return (/** @type {Asked} */ asked) => {
    const key = JSON.stringify(asked);
    const writes = made.get(key) ?? writesOf(asked);
    made.set(key, writes);
    return writes;
  };
}

/** @param {Asked} asked */
function writesOf(asked) {
  return Array.from({ length: asked.tokens }, (_, index) => Buffer.from(writeOf(asked, index)));
}

/** @param {Asked} asked @param {number} index */
function writeOf(asked, index) {
  const isLast = index === asked.tokens - 1;
  const token = event(asked, index + 1, choiceOf(asked, tokenText(index), null));
  const begin = index === 0 ? HEAD + (asked.isChat ? event(asked, 0, roleChoice()) : '') : '';
  return begin + token + (isLast ? endOf(asked) : '');
}

/** @param {Asked} asked */
function endOf(asked) {
  const finish = event(asked, asked.tokens, choiceOf(asked, '', 'length'));
  const usage = asked.withUsage
    ? chunk(`data: ${JSON.stringify({ ...base(asked), ...usageAt(asked.tokens) })}\n\n`)
    : '';
  return finish + usage + chunk('data: [DONE]\n\n') + LAST_CHUNK;
}

/** @param {Asked} asked @param {number} tokens made by then @param {object} choice */
function event(asked, tokens, choice) {
  const counts = asked.withCounts ? { usage: usageAt(tokens).usage } : {};
  return chunk(`data: ${JSON.stringify({ ...base(asked), choices: [choice], ...counts })}\n\n`);
}

/** @param {Asked} asked */
function base({ isChat }) {
  const kind = isChat ? 'chat.completion.chunk' : 'text_completion';
  return { id: isChat ? 'chatcmpl-bench' : 'cmpl-bench', object: kind, created: 1_700_000_000, model: MODEL };
}

/** @param {Asked} asked @param {string} text @param {string | null} reason */
function choiceOf({ isChat }, text, reason) {
  const content = isChat ? { delta: text === '' ? {} : { content: text } } : { text };
  return { index: 0, ...content, logprobs: null, finish_reason: reason };
}

function roleChoice() {
  return { index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null };
}

/** @param {number} tokens */
function usageAt(tokens) {
  const sum = { prompt_tokens: PROMPT_TOKENS, completion_tokens: tokens, total_tokens: PROMPT_TOKENS + tokens };
  return { choices: [], usage: sum };
}

/** @param {string} data */
function chunk(data) {
  return `${Buffer.byteLength(data).toString(16)}\r\n${data}\r\n`;
}
