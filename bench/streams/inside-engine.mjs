/**
 * The engine inside the node's process: it makes its tokens with the steps of the other one, and hands them on with the
 * code that stands between llama.cpp and the node, ids and all. What it costs itself counts as the node's.
 */
import { createLlmRunner } from '../../packages/runners/dist/llm/llm-runner.js';
import { createPieceWriter } from '../../packages/runners/dist/llm/piece-writer.js';
import { MODEL, PROMPT_TOKENS, tokenText } from './words.mjs';

/** No file stands behind it: the network compares weights, and here no two nodes have the same. */
const WEIGHTS = '5'.repeat(64);

/**
 * @param {{ next: (take: () => void) => void }} steps
 * @param {number} concurrency
 */
export function createInsideRunner(steps, concurrency) {
  const step = () => new Promise((resolve) => steps.next(() => resolve(undefined)));
  /** @type {any} */
  const engine = {
    models: [MODEL],
    weights: { [MODEL]: WEIGHTS },
    features: ['chat', 'resume'],
    describe: () => ({ engine: 'bench', model: MODEL }),
    complete: (/** @type {any} */ request, /** @type {any} */ context) => complete(request, context, step),
    close: async () => undefined,
  };
  return createLlmRunner(engine, concurrency);
}

/** @param {any} request @param {any} context @param {() => Promise<unknown>} step */
async function complete({ maxTokens, stop }, context, step) {
  const writer = createPieceWriter({ stops: stop, context, promptTokens: () => PROMPT_TOKENS });
  for (let index = 0; index < maxTokens && !context.signal.aborted; index++) {
    if (index > 0) await step();
    await writer.push({ text: tokenText(index), tokens: 1, tokenIds: [index] });
    context.progress(Math.floor((100 * (index + 1)) / maxTokens));
  }
  await writer.finish();
  const finishReason = context.signal.aborted ? 'cancelled' : 'length';
  return {
    text: writer.text(),
    promptTokens: PROMPT_TOKENS,
    completionTokens: writer.tokens(),
    finishReason,
    chatTemplate: 'bench',
  };
}
