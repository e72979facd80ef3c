import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOTHING_HELD, splitAtStop } from '../src/llm/stop-splitter.ts';

function stream(pieces: readonly string[], stops: readonly string[]): string {
  let state = NOTHING_HELD;
  let out = '';
  for (const piece of pieces) {
    const step = splitAtStop(state, piece, stops);
    state = step;
    out += step.emit;
  }
  return out + state.held;
}

/** The plain meaning: read character by character, end when a stop text stands at the end. */
function reference(text: string, stops: readonly string[]): string {
  for (let end = 1; end <= text.length; end++) {
    const seen = text.slice(0, end);
    const longest = stops.filter((stop) => seen.endsWith(stop)).toSorted((a, b) => b.length - a.length)[0];
    if (longest !== undefined) return seen.slice(0, end - longest.length);
  }
  return text;
}

const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\u{1f600}'), maxLength: 30 });
const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\u{1f600}'), minLength: 1, maxLength: 4 }), {
  maxLength: 4,
});

/** Cuts a text at UTF-16 positions, so also within a pair. */
function cut(whole: string, places: readonly number[]): string[] {
  const at = [...new Set(places.map((place) => place % (whole.length + 1)))].toSorted((a, b) => a - b);
  return [...at, whole.length].map((end, i) => whole.slice(at[i - 1] ?? 0, end));
}

describe('splitAtStop', () => {
  it('gives what the plain meaning gives, however the text is cut', () => {
    fc.assert(
      fc.property(text, stops, fc.array(fc.nat(60), { maxLength: 10 }), (whole, ends, places) => {
        expect(stream(cut(whole, places), ends)).toBe(reference(whole, ends));
      }),
      { numRuns: 2000 },
    );
  });

  it('never hands on half a pair when the text has none, nor anything after a stop', () => {
    fc.assert(
      fc.property(text, stops, (whole, ends) => {
        let state = NOTHING_HELD;
        for (const unit of whole.split('')) {
          const step = splitAtStop(state, unit, ends);
          expect(step.emit).not.toMatch(/\p{Surrogate}/u);
          if (state.stopped) expect(step).toEqual({ held: '', stopped: true, emit: '' });
          state = step;
        }
      }),
    );
  });

  it('hands on at once what cannot become a stop text', () => {
    expect(splitAtStop(NOTHING_HELD, 'one\nEN', ['END'])).toEqual({ held: 'EN', stopped: false, emit: 'one\n' });
    expect(splitAtStop({ held: 'EN', stopped: false }, 'D!', ['END'])).toEqual({ held: '', stopped: true, emit: '' });
    expect(splitAtStop({ held: 'EN', stopped: false }, 'TER', ['END']).emit).toBe('ENTER');
  });
});
