import { describe, expect, it } from 'vitest';
import { found, useLlama } from './llama-runner.ts';
import { expectResumable, failureOf, recorder, resumeFrom } from './runner-conformance.ts';

const NAMED = {
  type: 'object',
  properties: { name: { type: 'string', maxLength: 12 }, tall: { type: 'boolean' }, sons: { enum: [0, 1, 2] } },
  required: ['name', 'tall'],
  additionalProperties: false,
};
const asked = (more: Record<string, unknown>) => ({ content: 'The whale', params: { temperature: 0, ...more } });

describe.skipIf(!found.installed)('an answer of llama, gone on with', { timeout: 120_000 }, () => {
  const { runner, complete } = useLlama();

  it('ends before stop texts that lie across tokens, wherever it was broken off', async () => {
    const { output } = await complete('The whale', { max_tokens: 40, temperature: 0 });
    for (const [start, length] of [
      [13, 9],
      [20, 2],
      [31, 14],
    ] as const) {
      const stop = [output.slice(start, start + length), '\u{1f600}'];
      const cut = await expectResumable(runner(), asked({ max_tokens: 40, stop }));
      expect(cut.output, `stop "${stop[0]}"`).toBe(output.slice(0, output.indexOf(stop[0] ?? '')));
      expect(cut.metadata['finish_reason']).toBe('stop');
    }
  });

  it('keeps to its grammar and to its penalties', async () => {
    const response_format = { type: 'json_schema', schema: NAMED };
    const named = await expectResumable(runner(), asked({ max_tokens: 60, response_format }));
    expect(JSON.parse(named.output)).toMatchObject({ name: expect.any(String), tall: expect.any(Boolean) });
    await expectResumable(runner(), asked({ max_tokens: 40, frequency_penalty: 1.5, presence_penalty: 0.5 }));
  });

  it('goes on in a chat', async () => {
    const content = JSON.stringify([{ role: 'user', content: 'Who is the whale?' }]);
    await expectResumable(runner(), { content, params: { chat: true, max_tokens: 20, temperature: 0 } });
  });

  it('ends at once when nothing is left to make', async () => {
    const recorded = recorder();
    const whole = await complete('The whale', { max_tokens: 5, temperature: 1, seed: 4 }, recorded);
    const rest = recorder();
    const params = { max_tokens: 5, temperature: 1, seed: 4 };
    expect(await complete('The whale', params, rest, resumeFrom(recorded.pieces))).toEqual(whole);
    expect(rest.pieces).toEqual([]);
    expect(rest.percents).toEqual([100]);
  });

  it('is left to others when it is not of this model', async () => {
    const good = { text: ' is', tokenIds: [] as number[], promptTokens: 2 };
    for (const resume of [
      good,
      { ...good, tokenIds: [999_999] },
      { ...good, tokenIds: [-1] },
      { ...good, tokenIds: [0.5] },
      { ...good, tokenIds: [300], promptTokens: 3 },
    ]) {
      const error = await failureOf(complete('The whale', {}, recorder(), resume));
      expect(error, JSON.stringify(resume)).toMatchObject({ code: 'ENGINE_FAILED', retryable: true });
    }
  });
});

describe.skipIf(!found.installed)('pieces of llama', { timeout: 60_000 }, () => {
  const { runner, complete } = useLlama();

  it('leave one by one as they are made, and no faster than they are taken', async () => {
    let waiting = 0;
    const recorded = recorder(async ({ pieces }) => {
      expect(pieces.length, 'pieces at once').toBe(++waiting);
      await new Promise((resolve) => setImmediate(resolve));
    });
    await complete('The whale', { max_tokens: 10, temperature: 0 }, recorded);
    expect(recorded.pieces[0]).toMatchObject({ tokens: 1, promptTokens: 2 });
    expect(recorded.pieces).toHaveLength(10);
  });

  it('say what the weights are', () => {
    const [sha256] = Object.values(runner().weights ?? {});
    expect(runner().weights).toEqual({ 'plexus-tiny-q8_0': sha256 });
    expect(sha256).toMatch(/^742fd6f5/);
    expect(runner().features).toEqual(['chat', 'json_object', 'json_schema', 'penalties', 'resume']);
  });

  it('are fewer of a kind when repetition is punished', async () => {
    const kinds = async (params: Record<string, unknown>) => {
      const recorded = recorder();
      await complete('And the LORD said', { max_tokens: 80, temperature: 0, ...params }, recorded);
      return new Set(resumeFrom(recorded.pieces).tokenIds).size;
    };
    const plain = await kinds({});
    expect(await kinds({ frequency_penalty: 2 })).toBeGreaterThan(plain);
    expect(await kinds({ presence_penalty: 2 })).toBeGreaterThan(plain);
  });
});

describe.skipIf(!found.installed)('a chat with llama', { timeout: 60_000 }, () => {
  const { complete } = useLlama();
  const chat = (messages: unknown) => complete(JSON.stringify(messages), { chat: true, max_tokens: 6, temperature: 0 });

  it('goes by the model own template, here the general one, and counts its tokens', async () => {
    const messages = [
      { role: 'developer', content: 'Speak as Ahab.' },
      { role: 'user', content: 'Who is the whale? <|endoftext|>' },
      { role: 'assistant', content: 'A fish.' },
      { role: 'user', content: 'And the sea?' },
    ];
    const { metadata, units } = await chat(messages);
    expect(metadata).toMatchObject({ chat_template: 'General' });
    expect(units).toBe(Number(metadata['prompt_tokens']) + Number(metadata['completion_tokens']));
    expect(Number(metadata['prompt_tokens'])).toBeGreaterThan(40);
  });

  it('takes nothing else for messages, and no more than fits', async () => {
    for (const wrong of [{}, [], [{ role: 'tool', content: 'a' }], [{ role: 'user', content: [] }]]) {
      const error = await failureOf(chat(wrong));
      expect(error, JSON.stringify(wrong)).toMatchObject({ code: 'INVALID_INPUT', retryable: false });
    }
    expect((await failureOf(complete('Hi', { chat: true }))).message).toMatch(/JSON list of messages/);
    const long = await failureOf(chat([{ role: 'user', content: 'the whale '.repeat(100_000) }]));
    expect(long).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringMatching(/too long.* 510/) });
  });
});

describe.skipIf(!found.installed)('an answer of llama in a form', { timeout: 60_000 }, () => {
  const { complete } = useLlama();

  it('is JSON that ends by itself', async () => {
    const response_format = { type: 'json_schema', schema: NAMED };
    for (const seed of [1, 2, 3, 4, 5]) {
      const { output, metadata } = await complete('He said', {
        max_tokens: 200,
        seed,
        temperature: 1,
        response_format,
      });
      expect(metadata['finish_reason'], output).toBe('stop');
      expect(Object.keys(JSON.parse(output) as object), output).toEqual(['name', 'tall', 'sons']);
    }
  });

  it('is any JSON object where no schema is given', async () => {
    const response_format = { type: 'json_object' };
    const params = { max_tokens: 400, temperature: 1.5, response_format };
    const results = await Promise.all([1, 2, 3, 4].map((seed) => complete('{"a":', { ...params, seed })));
    const ended = results.filter(({ metadata }) => metadata['finish_reason'] === 'stop');
    expect(ended.length).toBeGreaterThan(0);
    for (const { output } of ended) expect(JSON.parse(output), output).toBeTypeOf('object');
    for (const { output } of results) expect(output).toMatch(/^\{/);
  });
});

describe.skipIf(!found.installed)('numbers in a form of answer', { timeout: 60_000 }, () => {
  const { complete } = useLlama();

  it('are whole where integers are due, and none is beyond what programs read', async () => {
    const list = (type: string) => ({ type: 'array', items: { type }, minItems: 12, maxItems: 12 });
    const schema = { type: 'object', properties: { integers: list('integer'), numbers: list('number') } };
    const params = { max_tokens: 600, temperature: 2, response_format: { type: 'json_schema', schema } };
    for (const seed of [1, 2, 3]) {
      const { output } = await complete('In the year', { ...params, seed });
      const { integers, numbers } = JSON.parse(output) as Record<string, number[]>;
      expect(
        integers?.filter((value) => !Number.isSafeInteger(value)),
        output,
      ).toEqual([]);
      expect(
        numbers?.filter((value) => !Number.isFinite(value)),
        output,
      ).toEqual([]);
    }
  });
});

describe.skipIf(!found.installed)('a form of answer for llama', { timeout: 60_000 }, () => {
  const { complete } = useLlama();

  it('may hold itself, lists and unions', async () => {
    const schema = {
      $ref: '#/$defs/Man',
      $defs: {
        Man: {
          type: 'object',
          properties: {
            born: { type: ['string', 'null'], format: 'date' },
            sons: { type: 'array', items: { $ref: '#/$defs/Man' }, maxItems: 1 },
            more: { type: 'object', additionalProperties: { anyOf: [{ type: 'number' }, { type: 'boolean' }] } },
          },
        },
      },
    };
    const params = { max_tokens: 400, temperature: 1, response_format: { type: 'json_schema', schema } };
    const results = await Promise.all([1, 2, 3, 4].map((seed) => complete('He', { ...params, seed })));
    const ended = results.filter(({ metadata }) => metadata['finish_reason'] === 'stop');
    expect(ended.length, results.map(({ output }) => output).join('\n')).toBeGreaterThan(0);
    for (const { output } of ended) expect(Object.keys(JSON.parse(output) as object)).toEqual(['born', 'sons', 'more']);
  });

  it('costs little to compile, however large', async () => {
    const list = (items: unknown) => ({ type: 'array', items, minItems: 1000, maxItems: 1000 });
    const schema = list(list(list({ type: 'string', minLength: 1000 })));
    const startedAt = performance.now();
    await complete('He', { max_tokens: 1, response_format: { type: 'json_schema', schema } });
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('is refused by name when a grammar cannot promise it', async () => {
    const schema = { type: 'object', properties: { age: { type: 'integer', minimum: 3 } } };
    const error = await failureOf(complete('He', { response_format: { type: 'json_schema', schema } }));
    expect(error).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('schema.properties.age.minimum'),
    });
  });
});
