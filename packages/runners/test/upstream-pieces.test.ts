import { afterEach, describe, expect, it } from 'vitest';
import type { Piece, Runner } from '../src/index.ts';
import { createLlmRunner } from '../src/llm/llm-runner.ts';
import { createUpstreamEngine } from '../src/llm/upstream.ts';
import { failureOf, recorder } from './runner-conformance.ts';
import {
  type Answer,
  completion,
  event,
  sendJson,
  sendStream,
  startUpstream,
  type UpstreamServer,
} from './upstream-server.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(answers: Record<string, Answer>): Promise<{ server: UpstreamServer; runner: Runner }> {
  const server = await startUpstream(answers);
  cleanups.push(() => server.close());
  const engine = await createUpstreamEngine({ address: { url: server.url }, signal: recorder().context.signal });
  return { server, runner: createLlmRunner(engine, 2) };
}

const usage = (completion_tokens: number) => [
  { choices: [], usage: { prompt_tokens: 3, completion_tokens } },
  '[DONE]',
];
const chunk = (content: string, more: Record<string, unknown> = {}) =>
  event({ choices: [{ delta: { content } }], ...more });
const finish = (more: Record<string, unknown> = {}) =>
  event({ choices: [{ delta: {}, finish_reason: 'stop' }], ...more });
const counts = (pieces: readonly Piece[]) => pieces.map(({ text, tokens }) => [text, tokens]);

/** The pieces of an answer after one from which the server could be known. */
async function piecesAfter(first: Iterable<string>, second: Iterable<string>, stop: readonly string[] = []) {
  let calls = 0;
  const { runner } = await start({ '/completions': (r) => sendStream(r, calls++ === 0 ? first : second) });
  await runner.run({ content: 'a', params: {} }, recorder().context);
  const recorded = recorder();
  const result = await runner.run({ content: 'a', params: { stop } }, recorded.context);
  return { pieces: recorded.pieces, result };
}

describe('tokens in pieces from an upstream engine', () => {
  it('are one for each event, and put right at the end', async () => {
    const usual = completion(['a'], usage(1));
    const { pieces, result } = await piecesAfter(usual, completion(['a', 'b', 'c'], usage(5)));
    expect(pieces).toEqual([
      { text: 'a', tokens: 1 },
      { text: 'b', tokens: 1 },
      { text: 'c', tokens: 1 },
      { text: '', tokens: 2, promptTokens: 3 },
    ]);
    expect(result).toMatchObject({ units: 8, metadata: { completion_tokens: 5 } });
  });

  it('are told of the prompt in the end, where all of the answer are counted already', async () => {
    const { pieces } = await piecesAfter(completion(['a'], usage(1)), completion(['a', 'b'], usage(2)));
    expect(pieces).toEqual([
      { text: 'a', tokens: 1 },
      { text: 'b', tokens: 1 },
      { text: '', tokens: 0, promptTokens: 3 },
    ]);
  });

  it('are counted at the end alone of a server that sends more events than tokens', async () => {
    const { pieces, result } = await piecesAfter(completion(['a', 'b'], usage(1)), completion(['c', 'd'], usage(2)));
    expect(counts(pieces)).toEqual([
      ['c', 0],
      ['d', 0],
      ['', 2],
    ]);
    expect(result.units).toBe(5);
  });
});

describe('tokens in pieces from another upstream engine', () => {
  it('are what the pieces say when a server surprises', async () => {
    const { pieces, result } = await piecesAfter(completion(['a'], usage(1)), completion(['c', 'd'], usage(1)));
    expect(counts(pieces)).toEqual([
      ['c', 1],
      ['d', 1],
      ['', 0],
    ]);
    expect(result).toMatchObject({ units: 5, metadata: { completion_tokens: 2 } });
  });

  it('are those of the server where it counts as it goes', async () => {
    const running = (text: string, tokens: number) =>
      event({ choices: [{ text }], usage: { prompt_tokens: 3, completion_tokens: tokens } });
    const events = [running('a', 2), running('b', 3), running('c', 3), finish(), ...usage(4).map(event)];
    const { pieces } = await piecesAfter(completion(['a'], usage(1)), events);
    expect(counts(pieces)).toEqual([
      ['a', 2],
      ['b', 1],
      ['c', 0],
      ['', 1],
    ]);
    expect(pieces[0]?.promptTokens).toBe(3);
  });

  it('are asked for as it goes, but not of a server that refuses that', async () => {
    const { server, runner } = await start({
      '/completions': (r, { stream_options: options }) =>
        'continuous_usage_stats' in (options as object)
          ? sendJson(r, 400, { error: { message: 'unknown parameter' } })
          : sendStream(r, completion(['a'], usage(1))),
    });
    for (const content of ['a', 'b']) await runner.run({ content, params: {} }, recorder().context);
    const asked = server.requests.slice(1).map(({ body }) => body['stream_options']);
    expect(asked).toEqual([
      { include_usage: true, continuous_usage_stats: true },
      { include_usage: true },
      { include_usage: true },
    ]);
  });

  it('wait with their text while that may be a stop text', async () => {
    const usual = completion(['a'], usage(1));
    const { pieces, result } = await piecesAfter(usual, completion(['one', ' E', 'N', 'D two'], usage(6)), ['END']);
    expect(counts(pieces)).toEqual([
      ['one', 1],
      [' ', 3],
      ['', 2],
    ]);
    expect(result).toMatchObject({ output: 'one ', units: 9 });
  });
});

describe('a stream from an upstream engine that is stopped', () => {
  it('says at once what was delivered', async () => {
    const unended = completion(['a', 'b']).slice(0, 2).join('');
    let calls = 0;
    const { runner } = await start({
      '/completions': (r) =>
        calls++ === 0
          ? sendStream(r, completion(['a'], usage(1)))
          : void r.writeHead(200, { 'content-type': 'text/event-stream' }).write(unended),
    });
    await runner.run({ content: 'a', params: {} }, recorder().context);
    const recorded = recorder(({ pieces, controller }) => (pieces.length === 2 ? controller.abort() : undefined));
    const error = await failureOf(runner.run({ content: 'a', params: {} }, recorded.context));
    expect(error).toMatchObject({
      code: 'CANCELLED',
      partial: { output: 'ab', units: 2, metadata: { completion_tokens: 2, finish_reason: 'cancelled' } },
    });
  });
});

describe('what an upstream engine is asked', () => {
  const ok = async (content: string) => {
    const answer: Answer = (r) => sendStream(r, [chunk(content), finish(), ...usage(1).map(event)]);
    return start({ '/chat/completions': answer, '/completions': answer });
  };
  const messages = [
    { role: 'developer', content: 'Be brief.' },
    { role: 'user', content: 'Hi' },
  ];

  it('has the messages of a chat, penalties, and the form', async () => {
    const { server, runner } = await ok('{"a":1}');
    const schema = { type: 'object', properties: { a: { type: 'integer', minimum: 1 } } };
    const params = {
      chat: true,
      frequency_penalty: 0.5,
      presence_penalty: -1,
      response_format: { type: 'json_schema', schema },
    };
    await runner.run({ content: JSON.stringify(messages), params }, recorder().context);
    expect(server.requests.at(-1)).toMatchObject({
      path: '/chat/completions',
      body: {
        messages: [{ ...messages[0], role: 'system' }, messages[1]],
        frequency_penalty: 0.5,
        presence_penalty: -1,
        response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } },
      },
    });
    expect(runner.features).toEqual(['chat', 'json_object', 'json_schema', 'penalties']);
  });

  it('is a chat where a form is wanted, and an answer in another form is none', async () => {
    const { server, runner } = await ok('Sure, here it is');
    const params = { response_format: { type: 'json_object' } };
    const error = await failureOf(runner.run({ content: 'Hi', params }, recorder().context));
    expect(error).toMatchObject({ code: 'ENGINE_FAILED', message: expect.stringContaining('response_format') });
    expect(server.requests.at(-1)?.body).toMatchObject({ messages: [{ role: 'user', content: 'Hi' }], ...params });
  });

  it('is never to go on with an answer', async () => {
    const { runner } = await ok('a');
    const resume = { text: 'a', tokenIds: [], promptTokens: 1 };
    const error = await failureOf(runner.run({ content: 'Hi', params: {}, resume }, recorder().context));
    expect(error).toMatchObject({ code: 'ENGINE_FAILED', retryable: true });
  });
});
