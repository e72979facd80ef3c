import { afterEach, describe, expect, it } from 'vitest';
import { detectRunners, type Runner } from '../src/index.ts';
import { createLlmRunner } from '../src/llm/llm-runner.ts';
import { createUpstreamEngine } from '../src/llm/upstream.ts';
import { failureOf, recorder, runnerConformance } from './runner-conformance.ts';
import { type Answer, completion, event, sendJson, sendStream, startUpstream, USAGE } from './upstream-server.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(answers: Record<string, Answer>, ms = 20_000) {
  const server = await startUpstream(answers);
  cleanups.push(() => server.close());
  const address = { url: `${server.url}/`, apiKey: 'sk-test' };
  const timeouts = { firstByteMs: ms, idleMs: ms };
  const engine = await createUpstreamEngine({ address, timeouts, signal: recorder().context.signal });
  return { server, runner: createLlmRunner(engine, 2) };
}

const ask = { content: 'Once', params: { max_tokens: 10, seed: 5, stop: ['END'] } };
const run = (runner: Runner, recorded = recorder()) => runner.run(ask, recorded.context);

const hang: Answer = (response) =>
  void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(completion(['a'])[0]);

runnerConformance(
  'upstream',
  async () => {
    const server = await startUpstream({
      '/completions': (response, body) =>
        body['stop'] ? hang(response, body) : sendStream(response, completion(['a'])),
    });
    const address = { url: server.url };
    const runner = createLlmRunner(await createUpstreamEngine({ address, signal: recorder().context.signal }), 2);
    return { ...runner, close: () => runner.close().then(() => server.close()) };
  },
  {
    good: { content: 'Once', params: {} },
    slow: { content: 'Once', params: { stop: ['!'] } },
    stopAt: 'chunk',
    largeCharacters: 1_000_000,
  },
);

describe('upstream engine', () => {
  it('streams completions and bills what the server counted', async () => {
    const { server, runner } = await start({ '/completions': (r) => sendStream(r, completion(['Hel', 'lo'])) });
    const recorded = recorder();
    expect(await run(runner, recorded)).toEqual({
      output: 'Hello',
      units: 7,
      metadata: { engine: 'upstream', model: 'm1', prompt_tokens: 3, completion_tokens: 4, finish_reason: 'stop' },
    });
    expect(recorded.chunks).toEqual(['Hel', 'lo', '']);
    expect(server.requests.at(-1)).toMatchObject({
      path: '/completions',
      authorization: 'Bearer sk-test',
      body: {
        model: 'm1',
        prompt: 'Once',
        max_tokens: 10,
        seed: 5,
        stop: ['END'],
        stream: true,
        stream_options: { include_usage: true },
      },
    });
  });

  it('reads a stream that is cut within characters and line ends', async () => {
    const bytes = Buffer.from(completion(['é\u{1f600}', '漢']).join('').replaceAll('\n', '\r\n'));
    const { runner } = await start({
      '/completions': (r) =>
        sendStream(
          r,
          Array.from(bytes, (_byte, i) => bytes.subarray(i, i + 1)),
        ),
    });
    expect((await run(runner)).output).toBe('é\u{1f600}漢');
  });

  it('joins a pair of surrogates that came in two events', async () => {
    const { runner } = await start({ '/completions': (r) => sendStream(r, completion(['\ud83d', '\ude00'])) });
    const recorded = recorder();
    await run(runner, recorded);
    expect(recorded.chunks).toEqual(['\u{1f600}', '']);
  });
});

describe('upstream engine by chat', () => {
  it('goes to chat when there are no completions, and stays there', async () => {
    const chunk = (content: string) => event({ choices: [{ delta: { role: 'assistant', content } }] });
    const { server, runner } = await start({
      '/chat/completions': (r) =>
        sendStream(r, [
          chunk('Hi'),
          chunk('!'),
          event({ choices: [{ delta: {}, finish_reason: 'length' }], usage: USAGE }),
          event('[DONE]'),
        ]),
    });
    expect(await run(runner)).toMatchObject({ output: 'Hi!', metadata: { finish_reason: 'length' } });
    await run(runner);
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/models',
      '/completions',
      '/chat/completions',
      '/chat/completions',
    ]);
    expect(server.requests.at(-1)?.body['messages']).toEqual([{ role: 'user', content: 'Once' }]);
  });

  it('cuts at a stop text that the server let through', async () => {
    const { runner } = await start({ '/completions': (r) => sendStream(r, completion(['one E', 'N', 'D two'])) });
    expect((await run(runner)).output).toBe('one ');
  });
});

describe('a failing upstream engine', () => {
  it.each([
    ['no usage', completion(['a'], ['[DONE]']), /how many tokens/],
    [
      'a usage of nothing',
      completion(['a'], [{ choices: [], usage: { prompt_tokens: 0 } }, '[DONE]']),
      /how many tokens/,
    ],
    ['an error event', [event({ error: { message: 'out of memory' } })], /out of memory/],
    ['an end in the middle', [event({ choices: [{ text: 'a' }] })], /broke off/],
    ['no JSON', [event('{oops')], /no JSON: \{oops$/],
    ['another shape', [event({ choices: 'x' })], /OpenAI does not/],
  ])('fails on %s instead of guessing', async (_what, pieces, message) => {
    const { runner } = await start({ '/completions': (r) => sendStream(r, pieces) });
    const error = await failureOf(run(runner));
    expect(error).toMatchObject({ code: 'ENGINE_FAILED', retryable: true });
    expect(error.message).toMatch(message);
  });

  it('fails when the connection is cut', async () => {
    const { runner } = await start({
      '/completions': (r) =>
        void r
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .write(event({ choices: [{ text: 'a' }] }), () => r.destroy()),
    });
    expect(await failureOf(run(runner))).toMatchObject({ code: 'ENGINE_FAILED' });
  });

  it('fails on an event without end', async () => {
    function* endless() {
      yield 'data: ';
      for (;;) yield 'x'.repeat(65_536);
    }
    const { runner } = await start({ '/completions': (r) => sendStream(r, endless()) });
    expect((await failureOf(run(runner))).message).toMatch(/without end/);
  });

  it('waits for the answer and for each piece only so long', async () => {
    const silent = await start({ '/completions': () => undefined }, 600);
    expect(await failureOf(run(silent.runner))).toMatchObject({ code: 'TIMEOUT', retryable: true });
    const stuck = await start({ '/completions': hang }, 600);
    expect(await failureOf(run(stuck.runner))).toMatchObject({ code: 'TIMEOUT' });
  });
});

describe('an upstream engine and its callers', () => {
  it("tells the caller's faults from the server's", async () => {
    const { server, runner } = await start({});
    server.answers['/completions'] = (r) => sendJson(r, 400, { error: { message: 'context is 2048' } });
    expect(await failureOf(run(runner))).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('2048'),
    });
    server.answers['/completions'] = (r) => void r.writeHead(503).end('busy');
    expect(await failureOf(run(runner))).toMatchObject({
      code: 'ENGINE_BUSY',
      message: expect.stringContaining('busy'),
    });
    server.answers['/completions'] = (r) => sendJson(r, 200, { choices: [] });
    expect((await failureOf(run(runner))).message).toMatch(/does not stream/);
    const params = { model: 'm9' };
    expect(await failureOf(runner.run({ content: 'a', params }, recorder().context))).toMatchObject({
      code: 'MODEL_NOT_FOUND',
    });
  });

  it('takes no more from the server while a piece is not taken', async () => {
    let taken: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (taken = resolve));
    const { runner } = await start({ '/completions': (r) => sendStream(r, completion(['a', 'b', 'c'])) });
    let reached: () => void = () => undefined;
    const atFirst = new Promise<void>((resolve) => (reached = resolve));
    const recorded = recorder(() => (reached(), first));
    const running = run(runner, recorded);
    await atFirst;
    expect(recorded.chunks).toEqual(['a']);
    taken();
    expect((await running).output).toBe('abc');
  });
});

describe('detection with an upstream server', () => {
  const options = { llamaCacheDir: '/nonexistent', installLlama: false, onProgress: () => undefined };

  it('uses the first model that generates', async () => {
    const server = await startUpstream({
      '/completions': (r, body) =>
        body['model'] === 'm1'
          ? sendJson(r, 400, { error: { message: 'embeds only' } })
          : sendStream(r, completion(['a'])),
    });
    cleanups.push(() => server.close());
    const [, llm] = await detectRunners({ ...options, upstream: { url: server.url } });
    expect(llm).toMatchObject({ available: true, runner: { service: 'llm', models: ['m2', 'm1'] } });
  });

  it('says why and what to do when nothing answers', async () => {
    const server = await startUpstream({});
    await server.close();
    const [echo, llm] = await detectRunners({ ...options, upstream: { url: server.url } });
    expect(echo).toMatchObject({ available: true });
    expect(llm).toMatchObject({
      available: false,
      service: 'llm',
      reason: expect.stringContaining('cannot be reached'),
    });
  });
});
