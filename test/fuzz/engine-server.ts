/** An OpenAI-compatible engine that answers at once, whatever it is asked: what a node of the fuzzed network works with. */
import {
  event,
  sendJson,
  sendStream,
  startUpstream,
  type UpstreamServer,
} from '../../packages/runners/test/upstream-server.ts';

const WORDS = ['one ', 'two ', 'three'];
const PROMPT_TOKENS = 1;

type Body = Readonly<Record<string, unknown>>;

/** What it lists; a node takes the last one, for its name, to be meant to embed. */
export const ENGINE_MODELS = ['m1', 'm2', 'embed'];

/** @returns a server of models that generate, and of one that embeds */
export async function startEngine(): Promise<UpstreamServer> {
  return await startUpstream({
    '/models': (response) => sendJson(response, 200, { object: 'list', data: ENGINE_MODELS.map((id) => ({ id })) }),
    '/completions': (response, body) =>
      sendStream(
        response,
        answerOf(body, (text) => ({ text })),
      ),
    '/chat/completions': (response, body) =>
      sendStream(
        response,
        answerOf(body, (content) => ({ delta: { content } })),
      ),
    '/embeddings': (response, { input }) => {
      const texts = Array.isArray(input) ? input : [input];
      const data = texts.map((_, index) => ({ index, embedding: [0.6, 0, 0.8] }));
      return sendJson(response, 200, { data, usage: { prompt_tokens: texts.length, total_tokens: texts.length } });
    },
  });
}

/** A token a word, as many as may be. */
function answerOf(body: Body, choiceOf: (text: string) => object): readonly string[] {
  const most = typeof body['max_tokens'] === 'number' ? body['max_tokens'] : WORDS.length;
  const words = (body['response_format'] === undefined ? WORDS : ['{}']).slice(0, most);
  const pieces = words.map((word, at) => ({
    choices: [{ index: 0, ...choiceOf(word), finish_reason: null }],
    usage: { prompt_tokens: PROMPT_TOKENS, completion_tokens: at + 1 },
  }));
  const finish = { choices: [{ index: 0, ...choiceOf(''), finish_reason: 'stop' }] };
  const usage = { choices: [], usage: { prompt_tokens: PROMPT_TOKENS, completion_tokens: words.length } };
  return [...pieces, finish, usage, '[DONE]'].map(event);
}
