/** Answers that are complete, but not what most engines of OpenAI's kind send. */
import { expect, it, onTestFinished } from 'vitest';
import { createLlmRunner } from '../src/llm/llm-runner.ts';
import { createUpstreamEngine } from '../src/llm/upstream.ts';
import { recorder } from './runner-conformance.ts';
import { type Answer, event, sendStream, startUpstream } from './upstream-server.ts';

async function run(answers: Record<string, Answer>, content: string, params: Record<string, unknown>) {
  const server = await startUpstream(answers);
  onTestFinished(() => server.close());
  const engine = await createUpstreamEngine({ address: server, signal: recorder().context.signal });
  return await createLlmRunner(engine, 1).run({ content, params }, recorder().context);
}

function answering(...events: readonly object[]): Answer {
  const usage = { prompt_tokens: 40, completion_tokens: 2 };
  return (response) => sendStream(response, [...events, { choices: [], usage }, '[DONE]'].map(event));
}

const part = (content: string, index: number) => ({ choices: [{ index, delta: { content }, finish_reason: null }] });
const end = (finish: string) => ({ choices: [{ index: 0, delta: {}, finish_reason: finish }] });
const MESSAGES = JSON.stringify([{ role: 'user', content: 'Hi' }]);

it('a text that is continued by a chat is billed no more than the text can have, without the template', async () => {
  const chat = { '/chat/completions': answering(part('Hello', 0), end('stop')) };
  const text = await run(chat, 'Hi', { max_tokens: 5 });
  expect(text).toMatchObject({ output: 'Hello', units: 5, metadata: { prompt_tokens: 3, completion_tokens: 2 } });
  const answer = await run(chat, MESSAGES, { max_tokens: 5, chat: true });
  expect(answer).toMatchObject({ units: 42, metadata: { prompt_tokens: 40 } });
});

it('an answer that a filter ended is told from one that stopped by itself', async () => {
  const filtered = { '/chat/completions': answering(part('{"a"', 0), end('content_filter')) };
  const params = { chat: true, response_format: { type: 'json_object' } };
  const { output, metadata } = await run(filtered, MESSAGES, params);
  expect({ output, finish: metadata['finish_reason'] }).toEqual({ output: '{"a"', finish: 'content_filter' });
});

it('of several answers the first one is taken, and nothing of the others', async () => {
  const two = {
    '/chat/completions': answering(part('He', 0), part('Bo', 1), part('llo', 0), part('njour', 1), end('stop')),
  };
  expect(await run(two, MESSAGES, { chat: true })).toMatchObject({ output: 'Hello' });
});
