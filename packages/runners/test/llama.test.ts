import { describe, expect, it } from 'vitest';
import { found, makeRunner, useLlama } from './llama-runner.ts';
import { failureOf, recorder, runnerConformance } from './runner-conformance.ts';

describe.skipIf(!found.installed)('llama engine', { timeout: 60_000 }, () => {
  runnerConformance('llama', makeRunner, {
    good: { content: 'And the LORD said', params: { max_tokens: 8 } },
    greedy: { content: 'And the LORD said', params: { max_tokens: 24, temperature: 0 } },
    slow: { content: 'And the LORD said', params: { max_tokens: 4096 } },
    stopAt: 'chunk',
    largeCharacters: 1_000_000,
  });
});

describe.skipIf(!found.installed)('text from llama', { timeout: 60_000 }, () => {
  const { complete } = useLlama();

  it('continues prose, counts with the model own tokenizer, and says what it is', async () => {
    const result = await complete('And the LORD said', { max_tokens: 12, temperature: 0 });
    expect(result.output.length).toBeGreaterThan(5);
    expect(result.units).toBe(4 + 12);
    expect(result.metadata).toEqual({
      engine: 'node-llama-cpp 3.22.1',
      model: 'plexus-tiny-q8_0',
      model_sha256: '742fd6f5ae716fe4748978c48973cb70e65b84d63ce099c7acd3a53dd84a1a05',
      prompt_tokens: 4,
      completion_tokens: 12,
      finish_reason: 'length',
    });
  });

  it('gives equal answers to equal requests, and others to other seeds', async () => {
    const greedy = [await complete('The whale', { max_tokens: 20, temperature: 0 })];
    const drawn = await complete('The whale', { max_tokens: 20, temperature: 1, seed: 1 });
    greedy.push(await complete('The whale', { max_tokens: 20, temperature: 0 }));
    expect(greedy[0]).toEqual(greedy[1]);
    expect(await complete('The whale', { max_tokens: 20, temperature: 1, seed: 1 })).toEqual(drawn);
    const other = await complete('The whale', { max_tokens: 20, temperature: 1, seed: 2 });
    expect(other.output).not.toBe(drawn.output);
  });

  it('ends before a stop text that lies across tokens', async () => {
    const { output } = await complete('The whale', { max_tokens: 40, temperature: 0 });
    const stop = output.slice(13, 22);
    const cut = await complete('The whale', { max_tokens: 40, temperature: 0, stop: [stop] });
    expect(cut.output).toBe(output.slice(0, output.indexOf(stop)));
    expect(cut.metadata['finish_reason']).toBe('stop');
    expect(cut.units).toBeLessThan(42);
  });
});

describe.skipIf(!found.installed)('limits of llama', { timeout: 60_000 }, () => {
  const { complete } = useLlama();

  it('fills its context to the end and no further', async () => {
    const { metadata } = await complete('The sea', { max_tokens: 4096, seed: 3 });
    expect(metadata['finish_reason']).toMatch(/length|stop/);
    expect(Number(metadata['completion_tokens'])).toBeLessThanOrEqual(510);
  });

  it('refuses a longer prompt with both figures, and an empty one', async () => {
    const error = await failureOf(complete('the whale '.repeat(400), {}));
    expect(error).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringMatching(/\d+ tokens.* 510/) });
    expect(await failureOf(complete('', {}))).toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('counts what was made before it was stopped', async () => {
    const recorded = recorder(({ chunks, controller }) => (chunks.length === 3 ? controller.abort() : undefined));
    const error = await failureOf(complete('The whale', { max_tokens: 500 }, recorded));
    expect(error.partial).toMatchObject({ output: recorded.chunks.join(''), metadata: { finish_reason: 'cancelled' } });
    expect(error.partial?.units).toBeLessThan(20);
  });

  it('works on several requests at once and lets more wait', async () => {
    const asked = Array.from({ length: 5 }, (_none, seed) => complete('The sea', { max_tokens: 10, seed }));
    const results = await Promise.all(asked);
    expect(results.map(({ units }) => units)).toEqual([12, 12, 12, 12, 12]);
  });
});
