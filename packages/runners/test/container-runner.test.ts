import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createEgress } from '@plexus/egress';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRoom } from '../src/room.ts';
import { createContainerRunner, createUrlCalls, type Runner, type ServedContainer } from '../src/index.ts';
import { failureOf, recorder, runnerConformance } from './runner-conformance.ts';

/** Answers with what it was given; waits for ever when it is told to. */
function answer({ data }: { readonly data: unknown }, response: ServerResponse): void {
  if (JSON.stringify(data).includes('"waits"')) return;
  response.end(JSON.stringify({ data }));
}

async function containerAt(handle = answer): Promise<{ container: ServedContainer; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    void json(request).then((input) => handle(input as { data: unknown }, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const calls = createUrlCalls(createEgress({ allow: [host] }), { url: `http://${host}` });
  return {
    container: { id: 'box', calls, timeoutMs: 60_000, concurrency: 2, maxAnswerBytes: 1_000_000 },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A runner whose container goes with it. */
async function makeRunner(): Promise<Runner> {
  const { container, close } = await containerAt();
  const runner = createContainerRunner({ containers: [container], concurrency: 10 });
  let closing: Promise<void> | undefined;
  return { ...runner, close: async () => await (closing ??= runner.close().then(close)) };
}

runnerConformance('container', makeRunner, {
  good: { content: '{"text":"Hello"}', params: { containers: ['box'] } },
  slow: { content: '"waits"', params: { containers: ['box'] } },
  stopAt: 'start',
  largeCharacters: 100_000,
});

describe('the container runner', () => {
  it('takes the only container where none is named, and refuses those that it has not', async () => {
    const runner = await makeRunner();
    onTestFinished(() => runner.close());
    const { output } = await runner.run({ content: '1', params: {} }, recorder().context);
    expect(JSON.parse(output)).toEqual([{ container: 'box', output: { data: 1 } }]);
    const asked = { content: '1', params: { containers: ['box', 'http://169.254.169.254/'] } };
    expect(await failureOf(runner.run(asked, recorder().context))).toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('keeps what came before a failure with it', async () => {
    const { container, close } = await containerAt((input, response) => {
      response.statusCode = JSON.stringify(input.data) === '1' ? 200 : 418;
      response.end('2');
    });
    onTestFinished(close);
    const runner = createContainerRunner({ containers: [container], concurrency: 10 });
    const asked = { content: '1', params: { containers: ['box', 'box'] } };
    const error = await failureOf(runner.run(asked, recorder().context));
    expect(error).toMatchObject({ code: 'PROGRAM_FAILED', message: 'box: It answered with HTTP status 418: 2' });
    expect(JSON.parse(error.partial?.output ?? '')).toEqual([
      { container: 'box', output: 2 },
      { container: 'box', error: 'It answered with HTTP status 418: 2' },
    ]);
  });

  it.each([
    ['', 'It answered with nothing, which is no JSON'],
    [`${'['.repeat(5000)}${']'.repeat(5000)}`, 'Its answer is nested more than 900 levels deep'],
  ])('says what is wrong with an answer that cannot be handed on (%#)', async (said, error) => {
    const { container, close } = await containerAt((_input, response) => response.end(said));
    onTestFinished(close);
    const runner = createContainerRunner({ containers: [container], concurrency: 10 });
    const run = runner.run({ content: '1', params: {} }, recorder().context);
    expect(await failureOf(run)).toMatchObject({ code: 'PROGRAM_FAILED', message: `box: ${error}` });
  });

  it('hands on what comes, with all of its units before it', async () => {
    const { container, close } = await containerAt((_input, response) => response.end('größer'));
    onTestFinished(close);
    const runner = createContainerRunner({ containers: [container], concurrency: 10 });
    const recorded = recorder();
    const result = await runner.run({ content: '1', params: { stream: true } }, recorded.context);
    expect(result).toEqual({ output: 'größer', units: 1, metadata: {} });
    expect(recorded.pieces).toEqual([
      { text: '', tokens: 1 },
      { text: 'größer', tokens: 0 },
    ]);
  });
});

describe('a room', () => {
  it('lets so many pass, the others in turn, and not those who gave up', async () => {
    const room = createRoom(() => 1);
    const { signal } = new AbortController();
    const impatient = new AbortController();
    const passed: string[] = [];
    const pass = async (name: string, by = signal) => {
      const leave = await room.enter(1, by);
      passed.push(name);
      return leave;
    };
    const leave = await pass('first');
    const second = pass('second', impatient.signal);
    const third = pass('third');
    impatient.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    leave();
    leave();
    (await third)();
    expect(passed).toEqual(['first', 'third']);
    await expect(room.enter(1, impatient.signal)).rejects.toThrow('enough');
    (await pass('last'))();
  });
});
