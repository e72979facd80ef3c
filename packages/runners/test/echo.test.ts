import { describe, expect, it } from 'vitest';
import { createEchoRunner } from '../src/index.ts';
import { failureOf, recorder, runnerConformance } from './runner-conformance.ts';

runnerConformance('echo', async () => createEchoRunner(), {
  good: { content: 'Hello world!', params: {} },
  slow: { content: 'Hello', params: { delay_ms: 60_000 } },
  stopAt: 'start',
  largeCharacters: 1_000_000,
});

describe('echo', () => {
  it("answers as the first page prints, in the page's units", async () => {
    const runner = createEchoRunner();
    const result = await runner.run({ content: 'Hello world!', params: {} }, recorder().context);
    expect(result).toEqual({ output: 'Echo: Hello world!', units: 1, metadata: {} });
    const long = await runner.run({ content: 'x'.repeat(2001), params: {} }, recorder().context);
    expect(long.units).toBe(3);
  });

  it('ends what waits when it is closed, and another node may do it', async () => {
    const runner = createEchoRunner({ concurrency: 3 });
    const waiting = failureOf(runner.run({ content: 'a', params: { delay_ms: 60_000 } }, recorder().context));
    await runner.close();
    expect(await waiting).toMatchObject({ code: 'ENGINE_FAILED', retryable: true });
    expect(runner.concurrency).toBe(3);
  });
});
