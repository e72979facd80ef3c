import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Runner } from '../src/index.ts';
import { found, makeEmbedder, parseOutput } from './embedding-runner.ts';
import { failureOf, recorder, runnerConformance } from './runner-conformance.ts';

const batchOf = (texts: readonly string[]) => ({ content: JSON.stringify(texts), params: { batch: true } });
const long = 'The whale is big. '.repeat(400);

describe.skipIf(!found.installed)('embedder', { timeout: 60_000 }, () => {
  runnerConformance('embedder', makeEmbedder, {
    good: { content: 'The cat sat on the mat.', params: {} },
    slow: batchOf(Array.from({ length: 2048 }, () => long)),
    stopAt: 'start',
    largeCharacters: 1_000_000,
  });
});

/**
 * What @energetic-ai/embeddings 0.2.0, on TensorFlow.js, makes of these texts: how many tokens, and the
 * first numbers of each vector.
 */
const REFERENCE = [
  ['The cat sat on the mat.', 8, [0.04848, -0.003794, -0.060885, -0.059278, 0.032546, 0.040554]],
  ['kitten', 1, [0.049846, 0.033213, -0.049873, -0.049448, -0.003427, -0.021154]],
  [
    'Plexus routes work to nodes — 漢字 😀 naïve ﬁ',
    19,
    [-0.036531, -0.057537, 0.049159, 0.049469, -0.059166, 0.031578],
  ],
  ['a  b\tc\n', 6, [-0.021809, 0.029897, 0.062813, 0.027513, -0.010441, 0.038734]],
] as const;

function useEmbedder() {
  let runner: Runner;
  beforeAll(async () => {
    runner = await makeEmbedder();
  }, 60_000);
  afterAll(() => runner.close());
  return {
    runner: () => runner,
    embed: async (texts: readonly string[]) => {
      const result = await runner.run(batchOf(texts), recorder().context);
      return { ...parseOutput(result.output), result };
    },
  };
}

const likeness = (a: readonly number[] = [], b: readonly number[] = []) =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

describe.skipIf(!found.installed)('vectors', { timeout: 60_000 }, () => {
  const { embed } = useEmbedder();

  it('are those of the original model, token for token', async () => {
    const { embeddings, tokens } = await embed(REFERENCE.map(([text]) => text));
    expect(tokens).toEqual(REFERENCE.map(([, count]) => count));
    for (const [i, [text, , first]] of REFERENCE.entries()) {
      for (const [at, value] of first.entries()) {
        expect(embeddings[i]?.[at], `number ${at} of "${text}"`).toBeCloseTo(value, 5);
      }
    }
  });

  it('are closer for closer meanings', async () => {
    const { embeddings } = await embed([
      'cat',
      'kitten',
      'car',
      'How old are you?',
      'What is your age?',
      'I like tea.',
    ]);
    const [cat, kitten, car, old, age, tea] = embeddings;
    expect(likeness(cat, kitten)).toBeGreaterThan(likeness(cat, car) + 0.2);
    expect(likeness(old, age)).toBeGreaterThan(likeness(old, tea) + 0.4);
  });

  it('have unit length, also for texts longer than the model sees at once', async () => {
    const { embeddings, tokens, dimensions } = await embed(['cat', long]);
    expect(dimensions).toBe(512);
    expect(tokens[1]).toBeGreaterThan(1000);
    for (const vector of embeddings) expect(likeness(vector, vector)).toBeCloseTo(1, 5);
  });
});

describe.skipIf(!found.installed)('an answer with vectors', { timeout: 60_000 }, () => {
  const { runner, embed } = useEmbedder();

  it('does not depend on the texts beside', async () => {
    const { embeddings } = await embed(['whale', 'a much longer text about the sea', 'cat']);
    const alone = await runner().run({ content: 'cat', params: {} }, recorder().context);
    expect(parseOutput(alone.output).embeddings).toEqual([embeddings[2]]);
  });

  it('comes with what they cost and what made them', async () => {
    const { result, model, tokens } = await embed(['cat', 'The cat sat on the mat.']);
    expect(tokens).toEqual([1, 8]);
    expect(model).toBe('universal-sentence-encoder-lite');
    expect(result.units).toBe(9);
    expect(result.metadata).toEqual({
      engine: 'onnxruntime-web 1.30.0',
      model,
      model_sha256: '713639dff4b5b3cc4a1ca070077c0f1125022582dd1d2ec8961d92905c289300',
      dimensions: 512,
      texts: 2,
      prompt_tokens: 9,
    });
    expect(runner().weights).toEqual({ [model]: result.metadata['model_sha256'] });
  });
});

describe.skipIf(!found.installed)('a batch of texts', { timeout: 60_000 }, () => {
  const { runner } = useEmbedder();
  const refusal = (content: string, params: Record<string, unknown> = { batch: true }) =>
    failureOf(runner().run({ content, params }, recorder().context));

  it('is a list of texts, not too many, none of them empty or too long', async () => {
    for (const [content, message] of [
      ['cat', /JSON list of texts/],
      ['[1]', /JSON list of texts/],
      ['[]', /no texts/],
      ['["a",""]', /Text 1 is empty/],
      [JSON.stringify(Array.from({ length: 2049 }, () => 'a')), /at most 2048/],
      [JSON.stringify(['a', 'whale '.repeat(10_000)]), /Text 1 is too long: it has \d+ tokens, .* 8192/],
    ] as const) {
      expect(await refusal(content)).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringMatching(message) });
    }
    expect(await refusal('a', { model: 'none' })).toMatchObject({ code: 'MODEL_NOT_FOUND' });
  });

  it('does not hold up others once it is cancelled, and says how far it is', async () => {
    const recorded = recorder();
    const slow = failureOf(runner().run(batchOf(Array.from({ length: 2000 }, () => long)), recorded.context));
    const next = runner().run({ content: 'cat', params: {} }, recorder().context);
    recorded.controller.abort();
    expect(await slow).toMatchObject({ code: 'CANCELLED' });
    await next;
    const small = recorder();
    await runner().run(batchOf(['a', 'b', 'c']), small.context);
    expect(small.percents).toEqual([33, 66, 99, 100]);
  });
});
