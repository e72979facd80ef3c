import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPieceWriter } from '../src/llm/piece-writer.ts';
import type { TokenText } from '../src/llm/token-line.ts';
import { failureOf, type Recorded, recorder, resumeFrom } from './runner-conformance.ts';

const alphabet = fc.constantFrom('a', 'b', '\u{1f600}');
const units = fc.array(fc.string({ unit: alphabet, maxLength: 3 }), { maxLength: 20 }).map(numbered);
const stops = fc.array(fc.string({ unit: alphabet, minLength: 1, maxLength: 4 }), { maxLength: 3 });

function numbered(texts: readonly string[]): TokenText[] {
  return texts.map((text, id) => ({ text, tokens: 1, tokenIds: [id] }));
}

const writerFor = (recorded: Recorded, stop: readonly string[]) =>
  createPieceWriter({ stops: stop, context: recorded.context, promptTokens: () => 7 });

/** Writes until a stop text or the end; what was written, and how many tokens that took. */
async function write(recorded: Recorded, stop: readonly string[], all: readonly TokenText[], from = 0) {
  const writer = writerFor(recorded, stop);
  const resume = resumeFrom(recorded.pieces);
  let used = from;
  if (from > 0 && writer.replay(all.slice(0, from), resume.text)) return { text: writer.text(), used };
  for (const unit of all.slice(from)) {
    used += 1;
    if (await writer.push(unit)) return { text: writer.text(), used };
  }
  await writer.finish();
  expect(writer.tokens()).toBe(used);
  return { text: writer.text(), used };
}

function plainEnd(text: string, stop: readonly string[]): string {
  for (let end = 1; end <= text.length; end++) {
    const met = stop.filter((one) => text.slice(0, end).endsWith(one)).toSorted((a, b) => b.length - a.length)[0];
    if (met !== undefined) return text.slice(0, end - met.length);
  }
  return text;
}

describe('pieces of an answer', () => {
  it('add up to its text and tokens, in order, each once, and have text but for the last', async () => {
    await fc.assert(
      fc.asyncProperty(units, stops, async (all, stop) => {
        const recorded = recorder();
        const { text, used } = await write(recorded, stop, all);
        expect(text).toBe(plainEnd(all.map((unit) => unit.text).join(''), stop));
        expect(recorded.chunks.join('')).toBe(text);
        expect(recorded.pieces.flatMap(({ tokenIds }) => tokenIds)).toEqual(Array.from({ length: used }, (_, i) => i));
        expect(recorded.pieces.every((piece) => piece.tokens === piece.tokenIds?.length)).toBe(true);
        expect(recorded.chunks.slice(0, -1).every((chunk) => chunk !== '')).toBe(true);
        expect(recorded.pieces.map(({ promptTokens }) => promptTokens ?? 0)).toEqual(
          recorded.pieces.map((_piece, i) => (i === 0 ? 7 : 0)),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('can be gone on from after any of them', async () => {
    await fc.assert(
      fc.asyncProperty(units, stops, async (all, stop) => {
        const whole = recorder();
        const { text, used } = await write(whole, stop, all);
        for (let cut = 1; cut < whole.pieces.length; cut++) {
          const resumed = recorder();
          resumed.pieces.push(...whole.pieces.slice(0, cut));
          const done = resumeFrom(resumed.pieces).tokenIds.length;
          expect(await write(resumed, stop, all, done), `after piece ${cut}`).toEqual({ text, used });
          expect(resumeFrom(resumed.pieces), `after piece ${cut}`).toEqual(resumeFrom(whole.pieces));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('a piece of an answer', () => {
  it('holds back whole tokens that may belong to a stop text, and no others', async () => {
    const recorded = recorder();
    const writer = writerFor(recorded, ['END']);
    const [one, two, three, four] = numbered(['go', 'od E', 'NT', 'ER']);
    for (const unit of [one, two]) if (unit) await writer.push(unit);
    expect(recorded.chunks).toEqual(['go']);
    for (const unit of [three, four]) if (unit) await writer.push(unit);
    expect(recorded.pieces.slice(1)).toEqual([
      { text: 'od ENT', tokens: 2, tokenIds: [1, 2] },
      { text: 'ER', tokens: 1, tokenIds: [3] },
    ]);
  });

  it('at a stop has the text before it, and all tokens that it took', async () => {
    const recorded = recorder();
    await write(recorded, ['END'], numbered(['go', 'E', 'ND', 'more']));
    expect(recorded.pieces).toEqual([
      { text: 'go', tokens: 1, tokenIds: [0], promptTokens: 7 },
      { text: '', tokens: 2, tokenIds: [1, 2] },
    ]);
  });

  it('is not gone on from when its tokens have another text', async () => {
    const writer = writerFor(recorder(), []);
    const error = await failureOf(Promise.resolve().then(() => writer.replay(numbered(['go']), 'went')));
    expect(error).toMatchObject({ code: 'ENGINE_FAILED', retryable: true });
  });
});
