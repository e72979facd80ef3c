import { describe, expect, it } from 'vitest';
import { createUpstreamEngine } from '../src/llm/upstream.ts';
import { createApertiumRunner, listApertiumModes } from '../src/translate/apertium.ts';
import { chooseMode, languagesOf, parseModes } from '../src/translate/modes.ts';
import { translationRequest } from '../src/translate/request.ts';
import { createUpstreamTranslator } from '../src/translate/upstream-translator.ts';
import { failureOf, recorder, runnerConformance } from './runner-conformance.ts';
import { event, sendStream, startUpstream, USAGE } from './upstream-server.ts';

const LISTING = '  eng-spa\n  spa-eng\n  spa-eng_US\n  eng-spa-biltrans\n  cat-spa\n  sme-nob\n';
const modes = parseModes(LISTING);
const choose = (params: Record<string, unknown>) =>
  chooseMode(modes, translationRequest({ content: 'a', params })).name;

describe('directions of Apertium', () => {
  it('are read with two-letter codes where there are such', () => {
    expect(modes.map(({ name }) => name)).toEqual(['eng-spa', 'spa-eng', 'spa-eng_US', 'cat-spa', 'sme-nob']);
    expect(languagesOf(modes)).toEqual(['ca', 'en', 'es', 'nb', 'sme']);
  });

  it('are chosen by languages, their variants, and what can reach the target', () => {
    expect(choose({ source_language: 'es', target_language: 'en' })).toBe('spa-eng');
    expect(choose({ source_language: 'es', target_language: 'en-GB' })).toBe('spa-eng');
    expect(choose({ source_language: 'SPA', target_language: 'en-US' })).toBe('spa-eng_US');
    expect(choose({ target_language: 'nb' })).toBe('sme-nob');
    expect(choose({ target_language: 'es' })).toBe('eng-spa');
  });

  it('are refused when they are not there: another node may have them', async () => {
    const error = await failureOf(
      Promise.resolve().then(() => choose({ source_language: 'en', target_language: 'fr' })),
    );
    expect(error).toMatchObject({
      code: 'LANGUAGE_NOT_FOUND',
      retryable: true,
      message: expect.stringContaining('en to fr'),
    });
  });
});

const installed = await listApertiumModes(new AbortController().signal).catch(() => []);
const hasPair = installed.some(({ name }) => name === 'eng-spa');
if (!hasPair) console.warn('SKIPPED: Apertium tests, because apertium-eng-spa is not installed');

describe.skipIf(!hasPair)('apertium', () => {
  const toSpanish = { target_language: 'es' };
  runnerConformance('apertium', async () => createApertiumRunner(installed, 4), {
    good: { content: 'The house is big.', params: toSpanish },
    slow: { content: 'The house is big. '.repeat(20_000), params: toSpanish },
    stopAt: 'start',
    // Processes have to end.
    stopWithinMs: 2000,
    largeCharacters: 30_000,
  });

  it('translates', async () => {
    const runner = createApertiumRunner(installed, 4);
    const result = await runner.run({ content: 'The house is big.', params: toSpanish }, recorder().context);
    expect(result.output).toBe('La casa es grande.');
    expect(result.metadata).toEqual({
      engine: 'apertium',
      mode: 'eng-spa',
      source_language: 'en',
      target_language: 'es',
    });
    expect(await failureOf(runner.run({ content: 'a', params: {} }, recorder().context))).toMatchObject({
      code: 'INVALID_INPUT',
    });
  });
});

describe('translation by an upstream model', () => {
  it('instructs it, takes the answer alone, and bills per request', async () => {
    const finish = { choices: [{ delta: {}, finish_reason: 'stop' }], usage: USAGE };
    const server = await startUpstream({
      '/chat/completions': (r) =>
        sendStream(r, [event({ choices: [{ delta: { content: 'Casa' } }] }), event(finish), event('[DONE]')]),
    });
    const engine = await createUpstreamEngine({ address: { url: server.url }, signal: recorder().context.signal });
    const runner = createUpstreamTranslator(engine, 'm1', 2);
    const params = { source_language: 'en', target_language: 'es' };
    const recorded = recorder();
    const result = await runner.run({ content: 'house', params }, recorded.context);
    expect(recorded.pieces).toEqual([{ text: 'Casa', tokens: 0 }]);
    expect(result).toEqual({
      output: 'Casa',
      units: 1,
      metadata: { engine: 'upstream', model: 'm1', source_language: 'en', target_language: 'es' },
    });
    const body = server.requests.at(-1)?.body ?? {};
    const [system, user] = body['messages'] as { content: string }[];
    expect(system?.content).toContain('from English into Spanish');
    expect(user?.content).toBe('house');
    expect(body['temperature']).toBe(0);
    await runner.close();
    await server.close();
  });
});
