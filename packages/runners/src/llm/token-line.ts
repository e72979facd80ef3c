import { NOTHING_HELD, splitAtStop } from './stop-splitter.ts';

/** Text and the tokens it stands for; it is handed on whole or not at all. */
export interface TokenText {
  readonly text: string;
  readonly tokens: number;
  /** Where the engine could go on from them. */
  readonly tokenIds?: readonly number[];
}

/** Tokens that may go, and where in the whole text theirs ends. */
interface Ready {
  readonly units: readonly TokenText[];
  readonly end: number;
}

export interface TokenLine {
  /** True once a stop text was met; what comes later is not taken. */
  take(unit: TokenText): boolean;
  /** The tokens whose text surely lies before any stop text, in so far as they end in text. */
  sure(): Ready;
  /** All that wait; text that a stop text is made of is left out. */
  all(): Ready;
  isStopped(): boolean;
  text(): string;
}

/** Where tokens wait whole while their text may still become a part of a stop text. */
export function createTokenLine(stops: readonly string[]): TokenLine {
  let state = NOTHING_HELD;
  let text = '';
  let sureEnd = 0;
  let waiting: { readonly unit: TokenText; readonly end: number }[] = [];
  return {
    take(unit) {
      if (state.stopped) return true;
      text += unit.text;
      waiting.push({ unit, end: text.length });
      const step = splitAtStop(state, unit.text, stops);
      state = step;
      sureEnd += step.emit.length;
      return step.stopped;
    },
    sure() {
      const last = waiting.findLastIndex(({ unit, end }) => end <= sureEnd && unit.text !== '');
      const ready = waiting.slice(0, last + 1);
      waiting = waiting.slice(last + 1);
      return { units: ready.map(({ unit }) => unit), end: ready.at(-1)?.end ?? 0 };
    },
    all() {
      const units = waiting.map(({ unit }) => unit);
      waiting = [];
      return { units, end: state.stopped ? sureEnd : text.length };
    },
    isStopped: () => state.stopped,
    text: () => text,
  };
}
