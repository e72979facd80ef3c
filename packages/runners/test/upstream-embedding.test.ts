import { afterEach, describe, expect, it } from 'vitest';
import { createEmbeddingRunner } from '../src/embedding/embedding-runner.ts';
import { createUpstreamEmbedder } from '../src/embedding/upstream-embedder.ts';
import { detectRunners } from '../src/index.ts';
import { parseOutput } from './embedding-runner.ts';
import { failureOf, recorder, runnerConformance } from './runner-conformance.ts';
import { type Answer, sendJson, startUpstream } from './upstream-server.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** As many tokens as characters, so that each text has a count of its own. */
const embed: Answer = (response, { input }) => {
  const [text = ''] = input as string[];
  const usage = { prompt_tokens: Math.max(1, text.length), total_tokens: text.length };
  return sendJson(response, 200, { data: [{ index: 0, embedding: [3, 0, 4] }], usage });
};
const models =
  (...ids: readonly string[]): Answer =>
  (response) =>
    sendJson(response, 200, { data: ids.map((id) => ({ id })) });

async function start(answers: Record<string, Answer>) {
  const server = await startUpstream({ '/models': models('llama3', 'nomic-embed-text'), ...answers });
  cleanups.push(() => server.close());
  const engine = await createUpstreamEmbedder({ address: { url: server.url }, signal: recorder().context.signal });
  return { server, runner: createEmbeddingRunner(engine, 2) };
}

runnerConformance(
  'upstream embedder',
  async () => {
    const slowly: Answer = (response, body) =>
      String(body['input']).startsWith('slow') ? undefined : embed(response, body);
    const server = await startUpstream({ '/models': models('bge-m3'), '/embeddings': slowly });
    const engine = await createUpstreamEmbedder({ address: { url: server.url }, signal: recorder().context.signal });
    const runner = createEmbeddingRunner(engine, 2);
    return { ...runner, close: () => runner.close().then(() => server.close()) };
  },
  {
    good: { content: 'Once', params: {} },
    slow: { content: 'slow', params: {} },
    stopAt: 'start',
    largeCharacters: 1_000_000,
  },
);

describe('an upstream engine that embeds', () => {
  it('is asked text by text, in order, and bills what it counted', async () => {
    const { server, runner } = await start({ '/embeddings': embed });
    const texts = Array.from({ length: 20 }, (_none, i) => 'x'.repeat(i + 1));
    const recorded = recorder();
    const result = await runner.run({ content: JSON.stringify(texts), params: { batch: true } }, recorded.context);
    expect(parseOutput(result.output)).toMatchObject({ model: 'nomic-embed-text', dimensions: 3 });
    expect(parseOutput(result.output).embeddings[7]).toEqual([0.6, 0, 0.8]);
    expect(parseOutput(result.output).tokens).toEqual(texts.map((text) => text.length));
    expect(result).toMatchObject({ units: 210, metadata: { engine: 'upstream', texts: 20, prompt_tokens: 210 } });
    expect(server.requests.at(-1)?.body).toMatchObject({ model: 'nomic-embed-text', encoding_format: 'float' });
    expect(recorded.percents.at(-1)).toBe(100);
  });

  it('must count, and answer as OpenAI does', async () => {
    const { server, runner } = await start({});
    for (const body of [{ data: [{ embedding: [1] }] }, { data: [], usage: { prompt_tokens: 1 } }, { data: [{}] }]) {
      server.answers['/embeddings'] = (r) => sendJson(r, 200, body);
      const error = await failureOf(runner.run({ content: 'a', params: {} }, recorder().context));
      expect(error, JSON.stringify(body)).toMatchObject({ code: 'ENGINE_FAILED', retryable: true });
    }
  });

  it('stops asking when one text fails', async () => {
    const { server, runner } = await start({ '/embeddings': (r) => sendJson(r, 400, { error: { message: 'long' } }) });
    const content = JSON.stringify(Array.from({ length: 500 }, () => 'a'));
    const error = await failureOf(runner.run({ content, params: { batch: true } }, recorder().context));
    expect(error).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('long') });
    expect(server.requests.length).toBeLessThan(20);
  });
});

describe('detection of embeddings', () => {
  const options = {
    services: ['embedding'] as const,
    llamaCacheDir: '/nonexistent/llama',
    installLlama: false,
    onProgress: () => undefined,
  };

  it('takes the upstream engine where that has a model for it', async () => {
    const { server } = await start({ '/embeddings': embed });
    const [found] = await detectRunners({ ...options, upstream: { url: server.url } });
    expect(found).toMatchObject({ available: true, runner: { service: 'embedding', models: ['nomic-embed-text'] } });
  });

  it('offers the length of the vectors of its only model, and no length of several', async () => {
    const { server } = await start({ '/embeddings': embed });
    const featuresNow = async () => {
      const [found] = await detectRunners({ ...options, upstream: { url: server.url } });
      return found?.available && found.runner.features;
    };
    expect(await featuresNow()).toEqual(['batch', 'dimensions:3']);
    server.answers['/models'] = models('nomic-embed-text', 'bge-m3');
    expect(await featuresNow()).toEqual(['batch']);
  });

  it('says why it has none and what to do', async () => {
    const { server } = await start({});
    const [found] = await detectRunners({ ...options, upstream: { url: server.url } });
    expect(found).toMatchObject({
      available: false,
      reason: expect.stringContaining('is not installed in /nonexistent/embedding-'),
      remedy: expect.stringContaining('or use --upstream URL'),
    });
  });
});
