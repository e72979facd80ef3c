/** Text that may still turn out to be the beginning of a stop text, and whether one was met. */
export interface StopState {
  readonly held: string;
  readonly stopped: boolean;
}

export interface StopStep extends StopState {
  /** What can be handed on now. */
  readonly emit: string;
}

export const NOTHING_HELD: StopState = { held: '', stopped: false };

/**
 * Takes the next piece of a text and says what of it lies surely before any stop text. Of several stop
 * texts the one that is complete first ends the text, so that the result does not depend on how the
 * text was cut into pieces. Half of a surrogate pair waits for the other half.
 */
export function splitAtStop(state: StopState, piece: string, stops: readonly string[]): StopStep {
  if (state.stopped) return { held: '', stopped: true, emit: '' };
  const text = state.held + piece;
  const start = firstStop(text, stops);
  if (start !== undefined) return { held: '', stopped: true, emit: text.slice(0, start) };
  const keep = Math.max(...stops.map((stop) => overlap(text, stop)), endsInHalfPair(text) ? 1 : 0);
  const cut = text.length - keep;
  return { held: text.slice(cut), stopped: false, emit: text.slice(0, cut) };
}

/** Where the stop text that is complete first begins. */
function firstStop(text: string, stops: readonly string[]): number | undefined {
  const found = stops
    .map((stop) => ({ start: text.indexOf(stop), length: stop.length }))
    .filter(({ start, length }) => start >= 0 && length > 0)
    .toSorted((a, b) => a.start + a.length - (b.start + b.length) || a.start - b.start);
  return found[0]?.start;
}

/** Length of the longest end of the text that is a beginning of the stop text. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(stop.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}

function endsInHalfPair(text: string): boolean {
  return (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800;
}
